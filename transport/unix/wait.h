#ifndef IPC_CHANNEL_TRANSPORT_UNIX_WAIT_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_WAIT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <poll.h>

#include <span>

#include "absl/time/time.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// Waits until one of `entries` is ready for what it asks, or in error, and
// gives true; false once `deadline` has passed. Interruptions are invisible.
// Thread-safe. With a deadline in the past it only looks.
//
// Where the system lets this process wait for nothing (no memory; RLIMIT_NOFILE
// below the number of entries, and 0 is what sandboxes set) it gives true after
// a millisecond, with no entry ready: whoever waits tries again.
bool PollUntil(std::span<pollfd> entries, absl::Time deadline);

// The same for one descriptor; `events` are poll's.
bool WaitFor(BorrowedFd descriptor, short events, absl::Time deadline);

// Waits for `duration` at most, or shorter if interrupted, whatever becomes of
// the system's clock. True if `descriptor` is ready or in error, or cannot be
// waited for: then after a millisecond. Thread-safe.
bool NapFor(BorrowedFd descriptor, short events, absl::Duration duration);

// Waits for nothing but `duration`, or shorter if interrupted. Thread-safe.
// With the system call of the others, so that a sandbox need allow no second.
void PauseFor(absl::Duration duration);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_WAIT_H_
