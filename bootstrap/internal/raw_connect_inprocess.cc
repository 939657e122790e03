#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/connect_options.h"
#include "ipc_channel/bootstrap/internal/inprocess_registry.h"
#include "ipc_channel/bootstrap/internal/raw_connect.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::internal {
namespace {

// A new channel, whose receiver the listener gets.
absl::StatusOr<transport::Sender> ConnectThrough(const transport::Sender& inbox,
                                                 absl::Time deadline) {
  absl::StatusOr<transport::ChannelPair> pair =
      transport::CreateInprocessChannel();
  if (!pair.ok()) return pair.status();
  absl::Status sent =
      inbox.Send(std::span<const std::byte>(), {pair->receiver}, deadline);
  if (sent.ok()) return std::move(pair->sender);
  if (transport::IsFull(sent) || absl::IsDeadlineExceeded(sent)) {
    return absl::DeadlineExceededError("the server took no client in time");
  }
  return sent;
}

absl::StatusOr<transport::Sender> ConnectOrThrow(
    std::string_view name, const ConnectOptions& options) {
  if (!name.starts_with("inprocess:") && !ParseServerName(name).ok()) {
    return absl::InvalidArgumentError("not the name of a server");
  }
  const std::optional<transport::Sender> inbox = FindInprocess(name);
  if (inbox.has_value()) return ConnectThrough(*inbox, options.deadline);
  std::optional<transport::Sender> sender = TakeInprocess(name);
  if (!sender.has_value()) {
    return transport::DisconnectedError("there is no server of that name");
  }
  return *std::move(sender);
}

}  // namespace

absl::StatusOr<transport::Sender> RawConnect(std::string_view name,
                                             const ConnectOptions& options) {
  return transport::OrOutOfMemory(
      [&] { return ConnectOrThrow(name, options); });
}

}  // namespace ipc_channel::internal
