#ifndef IPC_CHANNEL_TRANSPORT_CHANNEL_H_
#define IPC_CHANNEL_TRANSPORT_CHANNEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/statusor.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel::transport {

// A new channel over the back end the build chose (//platforms:backend): one
// whose ends can travel to other processes, unless that is `inprocess`.
// Thread-safe; does not block. RESOURCE_EXHAUSTED without descriptors or
// memory.
absl::StatusOr<ChannelPair> CreateChannel();

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_CHANNEL_H_
