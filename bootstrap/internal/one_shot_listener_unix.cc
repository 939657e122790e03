#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/abstract_address.h"
#include "ipc_channel/bootstrap/internal/dropped_clients.h"
#include "ipc_channel/bootstrap/internal/one_shot_listener.h"
#include "ipc_channel/bootstrap/internal/socket_peer.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"
#include "ipc_channel/transport/unix/wait.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::UniqueFd;

// The kernel's queue of clients not accepted yet; it caps the number itself
// (net.core.somaxconn).
constexpr int kBacklog = 128;

// Clients that have been accepted and have not sent anything yet. Beyond it one
// is dropped, so that a flood of silent ones cannot keep others out.
constexpr std::size_t kMaxSilentClients = 64;

// What has arrived by the deadline is still looked at, but a flood of clients
// cannot hold the server for longer than this many of them.
constexpr int kMaxLateRounds = 2 * kBacklog;

absl::StatusOr<UniqueFd> ListenAt(const AbstractAddress& address) {
  UniqueFd socket(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return transport::ErrnoToStatus(errno, "socket");
  if (::bind(socket.get(), address.address(), address.size()) != 0) {
    return transport::ErrnoToStatus(errno, "bind");
  }
  if (::listen(socket.get(), kBacklog) != 0) {
    return transport::ErrnoToStatus(errno, "listen");
  }
  return socket;
}

// The client went away, or a signal came, before it could be accepted.
bool IsPassing(int error) {
  return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

class UnixListener final : public OneShotListener {
 public:
  UnixListener(std::string name, UniqueFd socket)
      : name_(std::move(name)), socket_(std::move(socket)) {}

  const std::string& name() const override { return name_; }

  absl::StatusOr<Accepted> Accept(TakeFirst take_first,
                                  absl::Time deadline) override {
    if (!socket_.valid()) {
      return absl::FailedPreconditionError("the one-shot server is used up");
    }
    int late_rounds = 0;
    while (true) {
      std::vector<pollfd> entries = Entries();
      if (!transport::unix_backend::PollUntil(entries, deadline) ||
          (absl::Now() >= deadline && ++late_rounds > kMaxLateRounds)) {
        return dropped_.NobodyInTime();
      }
      std::optional<Accepted> served = ServeOne(entries, take_first);
      if (served.has_value()) {
        RefuseAllOthers();
        return *std::move(served);
      }
      if (entries.front().revents == 0) continue;
      absl::Status accepted = AcceptOne();
      if (!accepted.ok()) return accepted;
    }
  }

 private:
  // The listening socket, then every silent client.
  std::vector<pollfd> Entries() const {
    std::vector<pollfd> entries;
    entries.reserve(silent_.size() + 1);
    const auto add = [&entries](BorrowedFd socket) {
      entries.push_back({.fd = socket.get(), .events = POLLIN, .revents = 0});
    };
    add(socket_.Borrow());
    for (const Accepted& client : silent_) {
      add(client.receiver.lane()->descriptor());
    }
    return entries;
  }

  // Reads from the clients that have something to say, oldest first; gives the
  // first whose message was taken and drops those that had something else.
  std::optional<Accepted> ServeOne(const std::vector<pollfd>& entries,
                                   TakeFirst take_first) {
    std::size_t at = 0;  // in silent_, of the client of entries[i]
    for (std::size_t i = 1; i < entries.size(); ++i) {
      transport::Message first;
      absl::StatusOr<bool> received = false;
      if (entries[i].revents != 0) {
        received = silent_[at].receiver.TryReceive(first);
      }
      if (received.ok() && !*received) {
        ++at;
        continue;
      }
      absl::Status status =
          received.ok() ? take_first(first) : received.status();
      if (status.ok()) return std::move(silent_[at]);
      dropped_.Add(std::move(status));
      silent_.erase(silent_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return std::nullopt;
  }

  absl::Status AcceptOne() {
    UniqueFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) {
      return IsPassing(errno) ? absl::OkStatus()
                              : transport::ErrnoToStatus(errno, "accept4");
    }
    const absl::StatusOr<PeerIdentity> peer = SocketPeer(socket.Borrow());
    if (!peer.ok() || !IsSameUser(*peer)) {
      dropped_.Add(absl::PermissionDeniedError("it belongs to another user"));
      return absl::OkStatus();
    }
    absl::StatusOr<transport::Receiver> receiver =
        transport::AdoptUnixReceiver(std::move(socket));
    if (!receiver.ok()) return receiver.status();
    if (silent_.size() >= kMaxSilentClients) DropOne();
    silent_.push_back({*std::move(receiver), *peer});
    return absl::OkStatus();
  }

  // Drops the oldest client of the process that has most of them: one that
  // floods the server pushes out its own.
  void DropOne() {
    const auto pid_of = [](const Accepted& client) { return client.peer.pid; };
    const auto share_of = [&](const Accepted& client) {
      return std::ranges::count(silent_, client.peer.pid, pid_of);
    };
    silent_.erase(std::ranges::max_element(silent_, {}, share_of));
    dropped_.Add(absl::ResourceExhaustedError("too many clients are silent"));
  }

  // Closing alone would leave the name, and clients not accepted yet, to the
  // copy of the socket that a fork has.
  void RefuseAllOthers() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    UniqueFd waiting;
    do {
      waiting =
          UniqueFd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    } while (waiting.valid());
    socket_.Reset();
    silent_.clear();
  }

  const std::string name_;
  UniqueFd socket_;
  std::deque<Accepted> silent_;
  DroppedClients dropped_;  // since the server was made
};

}  // namespace

absl::StatusOr<std::unique_ptr<OneShotListener>> CreateOneShotListener() {
  absl::StatusOr<AbstractAddress> address = AbstractAddress::Random();
  if (!address.ok()) return address.status();
  absl::StatusOr<UniqueFd> socket = ListenAt(*address);
  if (!socket.ok()) return socket.status();
  return std::make_unique<UnixListener>(address->name(), *std::move(socket));
}

}  // namespace ipc_channel::internal
