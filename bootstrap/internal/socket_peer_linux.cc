#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/socket_peer.h"
#include "ipc_channel/transport/errno_status.h"

namespace ipc_channel::internal {
namespace {

constexpr std::int64_t kDefaultOverflowUid = 65534;

std::int64_t OverflowUid() {
  std::ifstream setting("/proc/sys/kernel/overflowuid");
  std::int64_t uid = kDefaultOverflowUid;
  return setting >> uid ? uid : kDefaultOverflowUid;
}

}  // namespace

absl::StatusOr<PeerIdentity> SocketPeer(transport::BorrowedFd socket) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials,
                   &size) != 0) {
    return transport::ErrnoToStatus(errno, "getsockopt(SO_PEERCRED)");
  }
  return PeerIdentity{
      .pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid};
}

bool IsSameUser(const PeerIdentity& peer) {
  return peer.uid == static_cast<std::int64_t>(::geteuid()) &&
         peer.uid != OverflowUid();
}

}  // namespace ipc_channel::internal
