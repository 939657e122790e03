#include "ipc_channel/transport/unix/send_until.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unix/wait.h"

namespace ipc_channel::transport::unix_backend {
namespace {

constexpr std::chrono::seconds kCollectEvery(1);
constexpr absl::Duration kLookForRoomEvery = absl::Milliseconds(20);
constexpr absl::Duration kFirstBackOff = absl::Milliseconds(1);
constexpr absl::Duration kLongestBackOff = absl::Milliseconds(50);

// Linux collects sockets that only lie in each other's queues, a receiver
// queued in its own channel among them, when some Unix socket is closed and
// never on a timer (net/unix/garbage.c). Without this a send to such a
// receiver would wait for ever instead of learning that it is gone; and what
// lies there would count as in flight for ever.
void CollectUnreachableSockets() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return;
  const UniqueFd first(pair[0]);
  const UniqueFd second(pair[1]);
}

// The same for senders that never wait, and so have nobody to wait for: once a
// second at the most in this process, however many they are.
void CollectNowAndThen() {
  static std::atomic<std::chrono::steady_clock::duration> last = {};
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  auto seen = last.load(std::memory_order_relaxed);
  if (now - seen < kCollectEvery) return;
  if (last.compare_exchange_strong(seen, now, std::memory_order_relaxed)) {
    CollectUnreachableSockets();
  }
}

// Waits between two attempts to send. A step of the system's clock moves the
// caller's deadline, but makes no pause longer.
class BackOff {
 public:
  // Not only until the kernel says that there is room: see NextLookForRoom().
  void WaitForRoom(BorrowedFd socket, absl::Time deadline) {
    if (!next_collection_.has_value()) {
      next_collection_ = Clock::now() + kCollectEvery;
    }
    if (NapFor(socket, POLLOUT,
               std::min(deadline - absl::Now(), kLookForRoomEvery))) {
      return;
    }
    if (absl::Now() < deadline && Clock::now() < *next_collection_) return;
    Collect();
  }

  // Nothing tells when descriptors in flight become fewer.
  void Wait(absl::Duration at_least, absl::Time deadline) {
    if (!next_collection_.has_value() || Clock::now() >= *next_collection_) {
      Collect();
    }
    PauseFor(std::min(std::max(Next(), at_least), deadline - absl::Now()));
  }

 private:
  using Clock = std::chrono::steady_clock;

  void Collect() {
    CollectUnreachableSockets();
    next_collection_ = Clock::now() + kCollectEvery;
  }

  absl::Duration Next() {
    return std::exchange(next_, std::min(2 * next_, kLongestBackOff));
  }

  absl::Duration next_ = kFirstBackOff;
  std::optional<Clock::time_point> next_collection_;
};

absl::Status SendError(int error) {
  if (error == EPIPE || error == ECONNRESET) {
    return DisconnectedError("the receiver is gone");
  }
  if (error == ETOOMANYREFS) {
    return absl::ResourceExhaustedError(
        "this user has too many descriptors in flight (RLIMIT_NOFILE)");
  }
  if (error == ELOOP) {
    return absl::ResourceExhaustedError(
        "a receiver has others too deep in its queue for this system");
  }
  if (error == ENOBUFS) {
    return absl::ResourceExhaustedError(
        "the kernel has no room for the sockets that the message needs");
  }
  // Only a helper, a carrier or a probe that could not be made gives the two.
  const bool is_without_helper = error == EMFILE || error == ENFILE;
  return ErrnoToStatus(error, is_without_helper ? "socketpair" : "sendmsg");
}

absl::Status TimedOut(absl::Time deadline, int error) {
  if (deadline == absl::InfinitePast()) {
    return error == EAGAIN ? FullError() : SendError(error);
  }
  return absl::DeadlineExceededError(
      error == EAGAIN ? "no room in the channel in time"
                      : "too many descriptors in flight until the deadline");
}

}  // namespace

absl::Time NextLookForRoom() { return absl::Now() + kLookForRoomEvery; }

absl::Status internal::RetryUntil(BorrowedFd socket, absl::Time deadline,
                                  absl::FunctionRef<int()> attempt, int error,
                                  bool& fits, LeastPause least_pause) {
  if (error == EAGAIN && deadline == absl::InfinitePast()) CollectNowAndThen();
  BackOff back_off;
  while (error == EAGAIN || error == ETOOMANYREFS) {
    if (absl::Now() >= deadline) return TimedOut(deadline, error);
    if (error == EAGAIN) {
      back_off.WaitForRoom(socket, deadline);
    } else {
      back_off.Wait(least_pause(), deadline);
    }
    error = attempt();
  }
  fits = error != EMSGSIZE;
  return error == 0 ? absl::OkStatus() : SendError(error);
}

}  // namespace ipc_channel::transport::unix_backend
