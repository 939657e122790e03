#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/wait_for_any.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::router_internal {
namespace {

// One wait is never longer, so that a step of the system's clock is noticed.
constexpr absl::Duration kLongestWait = absl::Hours(1);

// What is left in milliseconds, rounded up: waking early would be a busy loop.
int Timeout(absl::Time deadline) {
  if (deadline == absl::InfinitePast()) return 0;
  if (deadline == absl::InfiniteFuture()) return -1;
  const absl::Duration left =
      std::clamp(deadline - absl::Now(), absl::ZeroDuration(), kLongestWait);
  return static_cast<int>(
      absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1))));
}

pollfd ToPoll(const WaitEntry& entry) {
  const bool reads = entry.interest == transport::Interest::kReadable;
  return {.fd = entry.descriptor.valid() ? entry.descriptor.get() : -1,
          .events = static_cast<short>(reads ? POLLIN : POLLOUT),
          .revents = 0};
}

}  // namespace

absl::Status WaitForAny(std::span<WaitEntry> entries, absl::Time deadline) {
  return transport::OrOutOfMemory([&]() -> absl::Status {
    absl::InlinedVector<pollfd, 16> polled;
    for (const WaitEntry& entry : entries) polled.push_back(ToPoll(entry));
    const int ready = ::poll(polled.data(), polled.size(), Timeout(deadline));
    // An interruption is one of the early returns.
    if (ready < 0 && errno != EINTR) return transport::OutOfMemoryError();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      entries[i].is_ready = ready > 0 && polled[i].revents != 0;
    }
    return absl::OkStatus();
  });
}

}  // namespace ipc_channel::router_internal
