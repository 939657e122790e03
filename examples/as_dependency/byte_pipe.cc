#include "byte_pipe.h"

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/transport.h"

absl::StatusOr<std::string> ThroughAChannel(std::string_view text) {
  auto channel = ipc_channel::transport::CreateChannel();
  if (!channel.ok()) return channel.status();
  auto sent = channel->sender.Send(std::as_bytes(std::span(text)));
  if (!sent.ok()) return sent;
  ipc_channel::transport::Message message;
  auto received = channel->receiver.Receive(message);
  if (!received.ok()) return received;
  return std::string(reinterpret_cast<const char*>(message.payload().data()),
                     message.payload().size());
}
