#ifndef IPC_CHANNEL_TRANSPORT_STOPPABLE_WAIT_H_
#define IPC_CHANNEL_TRANSPORT_STOPPABLE_WAIT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <stop_token>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// Waits until `waitable` is readable or in error, a stop is requested, or
// `deadline` has passed. Interruptions are invisible. Opens a descriptor, or
// two, for the time. Thread-safe.
//
//   OK                  there may be something to read
//   CANCELLED           a stop was requested, before or during the call
//   DEADLINE_EXCEEDED   neither until the deadline
//   RESOURCE_EXHAUSTED  no descriptor to be woken by
//   UNIMPLEMENTED       this system has none
absl::Status WaitForReadable(BorrowedFd waitable, absl::Time deadline,
                             const std::stop_token& stop);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_STOPPABLE_WAIT_H_
