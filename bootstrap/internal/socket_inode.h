#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_SOCKET_INODE_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_SOCKET_INODE_H_

#include <cstdint>
#include <optional>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// The number that tells this socket from all others that are open on this
// system. Empty if it is not an open socket. Thread-safe; does not block.
std::optional<std::uint64_t> SocketInode(transport::BorrowedFd descriptor);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_SOCKET_INODE_H_
