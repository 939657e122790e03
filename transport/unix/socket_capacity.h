#ifndef IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_CAPACITY_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_CAPACITY_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/status.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// Gives `socket`, the sending end of a channel, a buffer for `capacity` at the
// least. OUT_OF_RANGE, with the ceiling, for more than this system allows; the
// buffer may have become as large as that then. Thread-safe; does not block.
absl::Status SetSendCapacity(BorrowedFd socket,
                             const ChannelCapacity& capacity);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_CAPACITY_H_
