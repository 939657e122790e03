#ifndef IPC_CHANNEL_TRANSPORT_CHANNEL_H_
#define IPC_CHANNEL_TRANSPORT_CHANNEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/statusor.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel::transport {

// A new channel over the back end the build chose (//platforms:backend): one
// whose ends can travel to other processes, unless that is `inprocess`.
// Thread-safe; does not block. After an error nothing was made.
//
//   RESOURCE_EXHAUSTED  no descriptors or no memory
//   OUT_OF_RANGE        the system does not allow such a capacity; the message
//                       says how much it allows. On Linux the ceiling is
//                       net.core.wmem_max
absl::StatusOr<ChannelPair> CreateChannel(const ChannelOptions& options = {});

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_CHANNEL_H_
