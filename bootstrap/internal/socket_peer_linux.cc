#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/socket_peer.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

constexpr std::int64_t kDefaultOverflowUid = 65534;

// Linux 6.5; headers of older systems lack it.
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

std::optional<std::int64_t> ReadOverflowUid() {
  std::ifstream setting("/proc/sys/kernel/overflowuid");
  std::int64_t uid;
  return setting >> uid ? std::optional<std::int64_t>(uid) : std::nullopt;
}

// A setting of the whole system, looked up until it has been read once: there
// may be no descriptor for that now.
std::int64_t OverflowUid() {
  constexpr std::int64_t kUnread = -1;
  static std::atomic<std::int64_t> read = kUnread;
  if (read.load(std::memory_order_relaxed) == kUnread) {
    const std::optional<std::int64_t> uid = ReadOverflowUid();
    if (!uid.has_value()) return kDefaultOverflowUid;
    read.store(*uid, std::memory_order_relaxed);
  }
  return read.load(std::memory_order_relaxed);
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
  return IsUser(peer, static_cast<std::int64_t>(::geteuid()));
}

bool IsUser(const PeerIdentity& peer, std::int64_t uid) {
  return peer.uid == uid && peer.uid != OverflowUid();
}

absl::StatusOr<transport::UniqueFd> SocketPeerPidfd(
    transport::BorrowedFd socket) {
  int pidfd = -1;
  socklen_t size = sizeof(pidfd);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) ==
      0) {
    return transport::UniqueFd(pidfd);
  }
  switch (errno) {
    case ENOPROTOOPT:
      return absl::UnimplementedError("this system has no SO_PEERPIDFD");
    case ENODATA:  // what a peer sent as an end, and is a socket of no process
      return absl::UnimplementedError("the system knows no such process");
    case EINVAL:  // what Linux before 6.16 says once it was waited for
    case ESRCH:
      return transport::DisconnectedError("that process has ended");
    default:
      return transport::ErrnoToStatus(errno, "getsockopt(SO_PEERPIDFD)");
  }
}

}  // namespace ipc_channel::internal
