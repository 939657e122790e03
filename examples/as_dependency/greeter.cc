#include "greeter.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/ipc_channel.h"

absl::Status GreetGuests(const std::string& server_name) {
  auto server = ipc_channel::Connect<ipc_channel::Sender<Guest>>(server_name);
  if (!server.ok()) return server.status();
  auto guests = ipc_channel::Channel<Guest>();
  if (!guests.ok()) return guests.status();
  absl::Status sent = server->Send(guests->sender);
  if (!sent.ok()) return sent;
  guests->sender = {};
  for (absl::StatusOr<Guest>& guest : guests->receiver) {
    if (!guest.ok()) return guest.status();
    absl::Status greeted = guest->greeting.Send("Welcome, " + guest->name);
    if (!greeted.ok()) return greeted;
  }
  return absl::OkStatus();
}
