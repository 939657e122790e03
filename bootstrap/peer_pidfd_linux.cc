#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/socket_peer.h"
#include "ipc_channel/bootstrap/peer_pidfd.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

template <class End>
absl::StatusOr<transport::UniqueFd> PidfdOf(const End& end) {
  if (!end.valid()) {
    return absl::FailedPreconditionError("this end of a channel is empty");
  }
  const transport::BorrowedFd socket = end.lane()->descriptor();
  if (!socket.valid()) {
    return absl::UnimplementedError("the channel is within this process");
  }
  return internal::SocketPeerPidfd(socket);
}

}  // namespace

absl::StatusOr<transport::UniqueFd> PeerPidfd(const transport::Receiver& end) {
  return transport::OrOutOfMemory([&] { return PidfdOf(end); });
}

absl::StatusOr<transport::UniqueFd> PeerPidfd(const transport::Sender& end) {
  return transport::OrOutOfMemory([&] { return PidfdOf(end); });
}

}  // namespace ipc_channel
