#ifndef IPC_CHANNEL_TRANSPORT_POLL_TIMEOUT_H_
#define IPC_CHANNEL_TRANSPORT_POLL_TIMEOUT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace ipc_channel::transport {

// What is left until `deadline`, as poll(2) and epoll_wait(2) take it: in
// milliseconds, rounded up, since waking early would be a busy loop. An hour at
// most, so that a step of the system's clock is noticed. -1, "for ever", for
// InfiniteFuture(). Thread-safe.
inline int PollTimeout(absl::Time deadline) {
  constexpr absl::Duration kLongest = absl::Hours(1);
  if (deadline == absl::InfinitePast()) return 0;
  if (deadline == absl::InfiniteFuture()) return -1;
  const absl::Duration left =
      std::clamp(deadline - absl::Now(), absl::ZeroDuration(), kLongest);
  return static_cast<int>(
      absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1))));
}

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_POLL_TIMEOUT_H_
