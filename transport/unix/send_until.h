#ifndef IPC_CHANNEL_TRANSPORT_UNIX_SEND_UNTIL_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_SEND_UNTIL_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// How long to pause at least, after an attempt that found too many descriptors
// in flight.
using LeastPause = absl::FunctionRef<absl::Duration()>;

// When a send that found no room is worth another try, although the socket has
// not become writable: Linux calls a socket writable once three quarters of its
// buffer are free; a send succeeds as soon as there is any room. Not often, or
// two busy processes would hand every single message over instead of a queue of
// them.
absl::Time NextLookForRoom();

namespace internal {

inline absl::Duration AnyPause() { return absl::ZeroDuration(); }

// SendUntil() after a first attempt that gave `error`.
absl::Status RetryUntil(BorrowedFd socket, absl::Time deadline,
                        absl::FunctionRef<int()> attempt, int error, bool& fits,
                        LeastPause least_pause);

}  // namespace internal

// Calls `attempt`, which tries to send one packet to `socket` and gives 0 or an
// errno as SendPacket() does, until it succeeds, fails for good, or `deadline`
// has passed. Between attempts it waits, without a lock: for room in the queue,
// or with growing pauses while the user has too many descriptors in flight. The
// status is that of Sender::Send(). `fits` becomes false if the packet is too
// large for the socket's buffer even when that is empty. `least_pause` is for
// attempts that are much work. Thread-safe.
template <class Attempt>
absl::Status SendUntil(BorrowedFd socket, absl::Time deadline, Attempt attempt,
                       bool& fits,
                       LeastPause least_pause = internal::AnyPause) {
  const int error = attempt();
  if (error == 0) return absl::OkStatus();
  return internal::RetryUntil(socket, deadline, attempt, error, fits,
                              least_pause);
}

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_SEND_UNTIL_H_
