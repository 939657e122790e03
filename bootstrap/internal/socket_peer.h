#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_SOCKET_PEER_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_SOCKET_PEER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// Who made the other end of a connected Unix socket: at an accepted socket, the
// process that connected; at a connected one, the process that listens.
// Thread-safe; does not block.
absl::StatusOr<PeerIdentity> SocketPeer(transport::BorrowedFd socket);

// True if `peer` has this process's effective user. The number that stands for
// users unknown in this user namespace (the overflow uid) stands for many and
// so is nobody's. Thread-safe; does not block.
bool IsSameUser(const PeerIdentity& peer);

// The same for the user `uid`.
bool IsUser(const PeerIdentity& peer, std::int64_t uid);

// That process as a pidfd, close-on-exec: PeerPidfd() (bootstrap/peer_pidfd.h).
absl::StatusOr<transport::UniqueFd> SocketPeerPidfd(
    transport::BorrowedFd socket);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_SOCKET_PEER_H_
