#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/dropped_clients.h"
#include "ipc_channel/bootstrap/internal/listening_socket.h"
#include "ipc_channel/bootstrap/internal/one_shot_listener.h"
#include "ipc_channel/bootstrap/internal/socket_peer.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"
#include "ipc_channel/transport/unix/wait.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;

// The kernel's queue of clients not accepted yet; it caps the number itself
// (net.core.somaxconn).
constexpr int kBacklog = 128;

// Clients that have been accepted and have not sent anything yet. Beyond it one
// is dropped, so that a flood of silent ones cannot keep others out.
constexpr std::size_t kMaxSilentClients = 64;

// What has arrived by the deadline is still looked at, but a flood of clients
// cannot hold the server for longer than this many of them.
constexpr int kMaxLateRounds = 2 * kBacklog;

class UnixListener final : public OneShotListener {
 public:
  UnixListener(std::string name, ListeningSocket socket,
               const transport::MessageLimits& limits)
      : name_(std::move(name)), socket_(std::move(socket)), limits_(limits) {}

  const std::string& name() const override { return name_; }

  absl::StatusOr<Accepted> Accept(TakeFirst take_first, absl::Time deadline,
                                  const std::stop_token& stop) override {
    if (!socket_.valid()) {
      return absl::FailedPreconditionError("the one-shot server is used up");
    }
    if (!stop.stop_possible()) {
      return AcceptUntil(take_first, deadline, stop, BorrowedFd());
    }
    absl::StatusOr<transport::Doorbell> doorbell =
        transport::Doorbell::Create();
    if (!doorbell.ok()) return doorbell.status();
    const std::stop_callback ring(stop, [&doorbell] { doorbell->Ring(); });
    return AcceptUntil(take_first, deadline, stop, doorbell->descriptor());
  }

 private:
  // `wake_up` becomes readable with a request to stop.
  absl::StatusOr<Accepted> AcceptUntil(TakeFirst take_first,
                                       absl::Time deadline,
                                       const std::stop_token& stop,
                                       BorrowedFd wake_up) {
    int late_rounds = 0;
    while (true) {
      std::vector<pollfd> entries = Entries(wake_up);
      const bool is_any_ready =
          transport::unix_backend::PollUntil(entries, deadline);
      if (stop.stop_requested()) {
        return absl::CancelledError("the caller asked to stop");
      }
      if (!is_any_ready ||
          (absl::Now() >= deadline && ++late_rounds > kMaxLateRounds)) {
        return dropped_.NobodyInTime();
      }
      std::optional<Accepted> served = ServeOne(
          std::span(entries).subspan(kEntriesBeforeClients), take_first);
      // That nobody is ready means that poll() has failed, as at a limit of
      // descriptors below what is open: accepting says what is wrong.
      const bool may_accept =
          entries.front().revents != 0 || !IsAnyReady(entries);
      if (!served.has_value() && may_accept) {
        absl::StatusOr<bool> accepted = AcceptOne();
        if (!accepted.ok()) return accepted.status();
        // Most have sent by the time that they are accepted.
        if (*accepted) served = ServeLast(take_first);
      }
      if (!served.has_value()) continue;
      silent_.clear();
      socket_.RefuseAll();
      return *std::move(served);
    }
  }

  static bool IsAnyReady(std::span<const pollfd> entries) {
    return std::ranges::any_of(
        entries, [](const pollfd& entry) { return entry.revents != 0; });
  }

  // The listening socket, what wakes, then every silent client.
  static constexpr std::size_t kEntriesBeforeClients = 2;
  std::vector<pollfd> Entries(BorrowedFd wake_up) const {
    std::vector<pollfd> entries;
    entries.reserve(silent_.size() + kEntriesBeforeClients);
    // An invalid descriptor is skipped.
    const auto add = [&entries](BorrowedFd descriptor) {
      entries.push_back(
          {.fd = descriptor.get(), .events = POLLIN, .revents = 0});
    };
    add(socket_.descriptor());
    add(wake_up);
    for (const Accepted& client : silent_) {
      add(client.receiver.lane()->descriptor());
    }
    return entries;
  }

  // Reads from the clients that have something to say, oldest first; gives the
  // first whose message was taken and drops those that had something else.
  std::optional<Accepted> ServeOne(std::span<const pollfd> entries,
                                   TakeFirst take_first) {
    std::size_t at = 0;  // in silent_, of the client of `entry`
    for (const pollfd& entry : entries) {
      const Heard heard =
          entry.revents == 0 ? Heard::kNothing : Hear(at, take_first);
      if (heard == Heard::kFirst) return std::move(silent_[at]);
      if (heard == Heard::kNothing) ++at;
    }
    return std::nullopt;
  }

  // The same for the client that was accepted last.
  std::optional<Accepted> ServeLast(TakeFirst take_first) {
    if (Hear(silent_.size() - 1, take_first) != Heard::kFirst) {
      return std::nullopt;
    }
    return std::move(silent_.back());
  }

  enum class Heard { kNothing, kFirst, kNonsense };

  // Reads from a client, which is no longer there after nonsense.
  Heard Hear(std::size_t at, TakeFirst take_first) {
    transport::Message first;
    const absl::StatusOr<bool> received =
        silent_[at].receiver.TryReceive(first);
    if (received.ok() && !*received) return Heard::kNothing;
    absl::Status status = received.ok() ? take_first(first) : received.status();
    if (status.ok()) return Heard::kFirst;
    dropped_.Add(std::move(status));
    silent_.erase(silent_.begin() + static_cast<std::ptrdiff_t>(at));
    return Heard::kNonsense;
  }

  // False if there was nobody, or nobody to let in.
  absl::StatusOr<bool> AcceptOne() {
    absl::StatusOr<std::optional<ListeningSocket::Client>> client =
        socket_.AcceptNext();
    // Silent clients are not to have the descriptors that another one needs.
    if (absl::IsResourceExhausted(client.status()) && DropSurplus()) {
      return false;
    }
    if (!client.ok()) return client.status();
    if (!client->has_value()) return false;
    const PeerIdentity peer = (*client)->peer;
    if (!IsSameUser(peer)) {
      dropped_.Add(absl::PermissionDeniedError("it belongs to another user"));
      return false;
    }
    transport::Receiver receiver =
        transport::OwnUnixReceiver(std::move((*client)->socket));
    receiver.SetMaxMessageBytes(limits_.bytes);
    receiver.SetMaxMessageHandles(limits_.handles);
    if (silent_.size() >= kMaxSilentClients) DropOne(/*least=*/1);
    if (!silent_.empty() && !HasRoom()) DropSurplus();
    silent_.push_back({std::move(receiver), peer});
    return true;
  }

  // Whether there is a descriptor left for what may be in a first message.
  bool HasRoom() const {
    return transport::UniqueFd(
               ::fcntl(socket_.descriptor().get(), F_DUPFD_CLOEXEC, 0))
        .valid();
  }

  // Drops all clients but one of each process; false if there were no others.
  bool DropSurplus() {
    const std::size_t before = silent_.size();
    while (DropOne(/*least=*/2)) {
    }
    return silent_.size() < before;
  }

  // Drops the oldest client of the process that has most of them: one that
  // floods the server pushes out its own. Not if that has less than `least`.
  bool DropOne(std::ptrdiff_t least) {
    const auto pid_of = [](const Accepted& client) { return client.peer.pid; };
    const auto share_of = [&](const Accepted& client) {
      return std::ranges::count(silent_, client.peer.pid, pid_of);
    };
    const auto most = std::ranges::max_element(silent_, {}, share_of);
    if (most == silent_.end() || share_of(*most) < least) return false;
    silent_.erase(most);
    dropped_.Add(absl::ResourceExhaustedError("too many clients are silent"));
    return true;
  }

  const std::string name_;
  ListeningSocket socket_;
  const transport::MessageLimits limits_;
  std::deque<Accepted> silent_;
  DroppedClients dropped_;  // since the server was made
};

}  // namespace

absl::StatusOr<std::unique_ptr<OneShotListener>> CreateOneShotListener(
    const transport::MessageLimits& limits, std::string_view /*name_prefix*/) {
  absl::StatusOr<UnixAddress> address = UnixAddress::Random();
  if (!address.ok()) return address.status();
  absl::StatusOr<ListeningSocket> socket =
      ListeningSocket::Open(*address, kBacklog);
  if (!socket.ok()) return socket.status();
  return std::make_unique<UnixListener>(address->name(), *std::move(socket),
                                        limits);
}

}  // namespace ipc_channel::internal
