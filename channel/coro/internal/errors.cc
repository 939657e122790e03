#include "ipc_channel/channel/coro/internal/errors.h"

#include "absl/status/status.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::coro::internal {

using transport::OrOutOfMemory;

absl::Status LateError() {
  return OrOutOfMemory([] {
    static const absl::Status& late = *new absl::Status(
        absl::DeadlineExceededError("nothing until the deadline"));
    return late;
  });
}

absl::Status EmptyError() {
  return OrOutOfMemory(
      [] { return absl::FailedPreconditionError("the end is empty"); });
}

absl::Status AwaitedError() {
  return OrOutOfMemory([] {
    return absl::FailedPreconditionError("another coroutine awaits this end");
  });
}

absl::Status AbandonedError() {
  return OrOutOfMemory(
      [] { return absl::CancelledError("what was awaited is destroyed"); });
}

}  // namespace ipc_channel::coro::internal
