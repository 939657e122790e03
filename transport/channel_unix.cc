#include "absl/status/statusor.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {

absl::StatusOr<ChannelPair> CreateChannel() { return CreateUnixChannel(); }

}  // namespace ipc_channel::transport
