#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/listening_socket.h"
#include "ipc_channel/bootstrap/internal/socket_peer.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::UniqueFd;

constexpr mode_t kPermissionBits = 07777;

// Others who may write to the folder can have put something else at `path`,
// which is neither to be followed nor changed.
absl::Status SetPermissions(const char* path, mode_t permissions) {
  const UniqueFd file(::open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat state = {};
  if (!file.valid() || ::fstat(file.get(), &state) != 0) {
    return transport::ErrnoToStatus(errno, "open of the socket");
  }
  if (!S_ISSOCK(state.st_mode) || state.st_nlink != 1) {
    return absl::AlreadyExistsError("something lies in place of the socket");
  }
  if ((state.st_mode & kPermissionBits) == permissions) {
    return absl::OkStatus();
  }
  const std::string same = "/proc/self/fd/" + std::to_string(file.get());
  if (::chmod(same.c_str(), permissions) == 0) return absl::OkStatus();
  absl::Status status = transport::ErrnoToStatus(errno, "chmod");
  ::unlink(path);
  return status;
}

absl::Status Bind(const UniqueFd& socket, const UnixAddress& address,
                  mode_t permissions) {
  // The file gets these, less what the umask takes away.
  if (address.path() != nullptr) ::fchmod(socket.get(), permissions);
  if (::bind(socket.get(), address.address(), address.size()) != 0) {
    if (errno == EADDRINUSE) {
      return absl::AlreadyExistsError("another server has this name");
    }
    return transport::ErrnoToStatus(errno, "bind");
  }
  // Nobody can connect before listen().
  return address.path() == nullptr
             ? absl::OkStatus()
             : SetPermissions(address.path(), permissions & kPermissionBits);
}

}  // namespace

ListeningSocket::ListeningSocket(UniqueFd socket)
    : socket_(std::move(socket)) {}

absl::StatusOr<ListeningSocket> ListeningSocket::Open(
    const UnixAddress& address, int backlog, mode_t permissions) {
  UniqueFd socket(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return transport::ErrnoToStatus(errno, "socket");
  absl::Status bound = Bind(socket, address, permissions);
  if (!bound.ok()) return bound;
  if (::listen(socket.get(), backlog) != 0) {
    return transport::ErrnoToStatus(errno, "listen");
  }
  return ListeningSocket(std::move(socket));
}

absl::StatusOr<std::optional<ListeningSocket::Client>>
ListeningSocket::AcceptNext() {
  while (true) {
    UniqueFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.valid()) {
      const absl::StatusOr<PeerIdentity> peer = SocketPeer(socket.Borrow());
      if (!peer.ok()) return peer.status();
      return Client{std::move(socket), *peer};
    }
    if (errno == EAGAIN) return std::optional<Client>();
    if (errno == EINVAL) {
      return transport::DisconnectedError("another process ended this server");
    }
    // A signal came, or the client went away.
    if (errno != EINTR && errno != ECONNABORTED) {
      return transport::ErrnoToStatus(errno, "accept4");
    }
  }
}

void ListeningSocket::RefuseAll() {
  ::shutdown(socket_.get(), SHUT_RDWR);
  UniqueFd waiting;
  do {
    waiting =
        UniqueFd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  } while (waiting.valid());
  socket_.Reset();
}

}  // namespace ipc_channel::internal
