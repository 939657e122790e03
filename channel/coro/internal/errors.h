#ifndef IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ERRORS_H_
#define IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ERRORS_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/status.h"

namespace ipc_channel::coro::internal {

// What awaiting says of itself. Without memory they are RESOURCE_EXHAUSTED;
// the first is made once and then takes none.
absl::Status LateError();       // DEADLINE_EXCEEDED
absl::Status EmptyError();      // FAILED_PRECONDITION
absl::Status AwaitedError();    // FAILED_PRECONDITION
absl::Status AbandonedError();  // CANCELLED

}  // namespace ipc_channel::coro::internal

#endif  // IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ERRORS_H_
