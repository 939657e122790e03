#include "ipc_channel/transport/unix/wait.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <span>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// One wait is never longer: a far deadline then needs no care for overflow, and
// a step of the system's clock is noticed.
constexpr absl::Duration kLongestWait = absl::Hours(1);

// Between two looks at what cannot be waited for.
constexpr absl::Duration kPause = absl::Milliseconds(1);

// One system call.
int Poll(std::span<pollfd> entries, absl::Duration duration) {
  const timespec longest = absl::ToTimespec(
      std::clamp(duration, absl::ZeroDuration(), kLongestWait));
  return ::ppoll(entries.data(), entries.size(), &longest,
                 /*sigmask=*/nullptr);
}

}  // namespace

bool PollUntil(std::span<pollfd> entries, absl::Time deadline) {
  while (true) {
    const int ready = Poll(entries, deadline - absl::Now());
    if (ready > 0) return true;
    const bool has_failed = ready < 0 && errno != EINTR;
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    if (has_failed) {
      PauseFor(std::min(left, kPause));
      return true;
    }
  }
}

bool WaitFor(BorrowedFd descriptor, short events, absl::Time deadline) {
  pollfd entry = {.fd = descriptor.get(), .events = events, .revents = 0};
  return PollUntil({&entry, 1}, deadline);
}

bool NapFor(BorrowedFd descriptor, short events, absl::Duration duration) {
  pollfd entry = {.fd = descriptor.get(), .events = events, .revents = 0};
  const int ready = Poll({&entry, 1}, duration);
  const bool has_failed = ready < 0 && errno != EINTR;
  if (has_failed) PauseFor(std::min(duration, kPause));
  return ready > 0 || has_failed;
}

void PauseFor(absl::Duration duration) {
  const bool has_failed = Poll({}, duration) < 0 && errno != EINTR;
  if (has_failed) absl::SleepFor(duration);
}

}  // namespace ipc_channel::transport::unix_backend
