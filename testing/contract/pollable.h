#ifndef IPC_CHANNEL_TESTING_CONTRACT_POLLABLE_H_
#define IPC_CHANNEL_TESTING_CONTRACT_POLLABLE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <poll.h>

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {

// True once `descriptor` is ready for `interest`, false after `timeout`, whose
// parts of a millisecond do not count.
inline bool IsReady(
    const absl::StatusOr<ipc_channel::transport::BorrowedFd>& descriptor,
    ipc_channel::transport::Interest interest,
    absl::Duration timeout = absl::ZeroDuration()) {
  if (!descriptor.ok()) {
    ADD_FAILURE() << descriptor.status();
    return false;
  }
  const bool reads = interest == ipc_channel::transport::Interest::kReadable;
  pollfd entry = {.fd = descriptor->get(),
                  .events = static_cast<short>(reads ? POLLIN : POLLOUT),
                  .revents = 0};
  return ::poll(&entry, 1,
                static_cast<int>(absl::ToInt64Milliseconds(timeout))) == 1;
}

// What a loop comes to that goes by what `end` says: a receiver, a sender after
// a send that was full, or a set. True when it is to be tried, false after
// `timeout`.
template <class End>
bool PairIsReady(End& end, absl::Duration timeout = absl::ZeroDuration()) {
  const absl::Time until = absl::Now() + timeout;
  const absl::Time deadline = end.deadline();
  if (deadline <= absl::Now()) return true;
  const absl::Duration wait = std::min(until, deadline) - absl::Now();
  // Rounded up: a look that comes too early would be one too many.
  return IsReady(end.waitable(), end.interest(),
                 absl::Ceil(std::max(wait, absl::ZeroDuration()),
                            absl::Milliseconds(1))) ||
         deadline <= absl::Now();
}

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_CONTRACT_POLLABLE_H_
