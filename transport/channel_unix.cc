#include "absl/status/statusor.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {

absl::StatusOr<ChannelPair> CreateChannel(const ChannelOptions& options) {
  return CreateUnixChannel(options);
}

}  // namespace ipc_channel::transport
