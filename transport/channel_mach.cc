#include "absl/status/statusor.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/mach/mach_channel.h"

namespace ipc_channel::transport {

absl::StatusOr<ChannelPair> CreateChannel(const ChannelOptions& options) {
  return CreateMachChannel(options);
}

}  // namespace ipc_channel::transport
