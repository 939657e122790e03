#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/connect_options.h"
#include "ipc_channel/bootstrap/internal/launchd.h"
#include "ipc_channel/bootstrap/internal/mach_name.h"
#include "ipc_channel/bootstrap/internal/raw_connect.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::internal {
namespace {

using transport::mach_backend::SendRight;

// Whoever is expected: that cannot be looked at before he has answered.
absl::Status CheckExpectation(const ConnectOptions& options) {
  if (!options.server_uid.has_value() ||
      *options.server_uid == std::int64_t{::geteuid()}) {
    return absl::OkStatus();
  }
  return absl::UnimplementedError(
      "who the server is cannot be told on this system");
}

// A new channel, whose receiver the server gets.
absl::StatusOr<transport::Sender> ConnectThrough(SendRight service,
                                                 absl::Time deadline) {
  absl::StatusOr<transport::ChannelPair> pair = transport::CreateMachChannel();
  if (!pair.ok()) return pair.status();
  absl::Status sent = transport::ConnectMachReceiver(std::move(service),
                                                     pair->receiver, deadline);
  if (sent.ok()) return std::move(pair->sender);
  if (transport::IsFull(sent) || absl::IsDeadlineExceeded(sent)) {
    return absl::DeadlineExceededError("the server took no client in time");
  }
  if (transport::IsDisconnected(sent)) {
    return transport::DisconnectedError("there is no server of that name");
  }
  return sent;
}

absl::StatusOr<transport::Sender> ConnectOrThrow(
    std::string_view name, const ConnectOptions& options) {
  const absl::StatusOr<ServerName> parsed = ParseMachName(name);
  if (!parsed.ok()) return parsed.status();
  absl::Status expected = CheckExpectation(options);
  if (!expected.ok()) return expected;
  absl::StatusOr<SendRight> service = LookUpService(parsed->text);
  if (!service.ok()) return service.status();
  return ConnectThrough(*std::move(service), options.deadline);
}

}  // namespace

absl::StatusOr<transport::Sender> RawConnect(std::string_view name,
                                             const ConnectOptions& options) {
  return transport::OrOutOfMemory(
      [&] { return ConnectOrThrow(name, options); });
}

}  // namespace ipc_channel::internal
