#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <optional>
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

absl::Status Bind(const UniqueFd& socket, const UnixAddress& address,
                  mode_t permissions) {
  if (::bind(socket.get(), address.address(), address.size()) != 0) {
    if (errno == EADDRINUSE) {
      return absl::AlreadyExistsError("another server has this name");
    }
    return transport::ErrnoToStatus(errno, "bind");
  }
  // Nobody can connect before listen().
  if (address.path() != nullptr && ::chmod(address.path(), permissions) != 0) {
    return transport::ErrnoToStatus(errno, "chmod");
  }
  return absl::OkStatus();
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
