#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/connect_options.h"
#include "ipc_channel/bootstrap/internal/raw_connect.h"
#include "ipc_channel/bootstrap/internal/socket_peer.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::internal {
namespace {

constexpr absl::Duration kFirstBackOff = absl::Milliseconds(1);
constexpr absl::Duration kLongestBackOff = absl::Milliseconds(50);

// A Unix socket cannot be polled for room in a listener's queue, hence the
// back-off.
absl::Status ConnectUntil(transport::BorrowedFd socket,
                          const UnixAddress& address, absl::Time deadline) {
  absl::Duration back_off = kFirstBackOff;
  while (::connect(socket.get(), address.address(), address.size()) != 0) {
    if (errno == EINTR) continue;
    if (errno == ECONNREFUSED || errno == ENOENT || errno == ENOTDIR) {
      return transport::DisconnectedError("there is no server of that name");
    }
    if (errno != EAGAIN) return transport::ErrnoToStatus(errno, "connect");
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError("the server took no client in time");
    }
    absl::SleepFor(std::min(back_off, left));
    back_off = std::min(2 * back_off, kLongestBackOff);
  }
  return absl::OkStatus();
}

absl::Status CheckServer(transport::BorrowedFd socket,
                         const ConnectOptions& options) {
  absl::StatusOr<PeerIdentity> server = SocketPeer(socket);
  if (!server.ok()) return server.status();
  const bool is_expected = options.server_uid.has_value()
                               ? IsUser(*server, *options.server_uid)
                               : IsSameUser(*server);
  if (!is_expected) {
    return absl::PermissionDeniedError("the server belongs to another user");
  }
  return absl::OkStatus();
}

absl::StatusOr<transport::Sender> ConnectOrThrow(
    std::string_view name, const ConnectOptions& options) {
  absl::StatusOr<UnixAddress> address = UnixAddress::FromName(name);
  if (!address.ok()) return address.status();
  transport::UniqueFd socket(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return transport::ErrnoToStatus(errno, "socket");
  absl::Status status =
      ConnectUntil(socket.Borrow(), *address, options.deadline);
  if (status.ok()) status = CheckServer(socket.Borrow(), options);
  if (!status.ok()) return status;
  return transport::OwnUnixSender(std::move(socket));
}

}  // namespace

absl::StatusOr<transport::Sender> RawConnect(std::string_view name,
                                             const ConnectOptions& options) {
  return transport::OrOutOfMemory(
      [&] { return ConnectOrThrow(name, options); });
}

}  // namespace ipc_channel::internal
