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

timespec TimeLeft(absl::Time deadline) {
  return absl::ToTimespec(
      std::clamp(deadline - absl::Now(), absl::ZeroDuration(), kLongestWait));
}

}  // namespace

bool PollUntil(std::span<pollfd> entries, absl::Time deadline) {
  while (true) {
    const timespec left = TimeLeft(deadline);
    const int ready =
        ::ppoll(entries.data(), entries.size(), &left, /*sigmask=*/nullptr);
    if (ready > 0) return true;
    // ENOMEM and the like: the operation that follows reports what is wrong.
    if (ready < 0 && errno != EINTR) return true;
    if (absl::Now() >= deadline) return false;
  }
}

bool WaitFor(BorrowedFd descriptor, short events, absl::Time deadline) {
  pollfd entry = {.fd = descriptor.get(), .events = events, .revents = 0};
  return PollUntil({&entry, 1}, deadline);
}

}  // namespace ipc_channel::transport::unix_backend
