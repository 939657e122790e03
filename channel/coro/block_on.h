#ifndef IPC_CHANNEL_CHANNEL_CORO_BLOCK_ON_H_
#define IPC_CHANNEL_CHANNEL_CORO_BLOCK_ON_H_

#include "ipc_channel/platforms/cxx20.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "ipc_channel/channel/coro/internal/result.h"
#include "ipc_channel/channel/coro/internal/root.h"
#include "ipc_channel/channel/coro/internal/settle.h"
#include "ipc_channel/channel/coro/task.h"
#include "ipc_channel/channel/loop/event_loop.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::coro {
namespace internal {

template <class T>
Root CollectAndStop(const Task<T>& task, EventLoop& loop,
                    std::optional<WithStatusOf<T>>& result) {
  result.emplace(co_await Settle<T>(task));
  loop.Stop();
  co_return absl::OkStatus();
}

}  // namespace internal

// Runs `loop` in this thread until `task` has ended, and gives what it gave:
// for main() and for tests.
//
//   int main() {
//     auto loop = ipc_channel::NewEventLoop();
//     if (!loop.ok()) return 1;
//     return coro::BlockOn(**loop, Main(**loop)).ok() ? 0 : 1;
//   }
//
// A Task<> gives an absl::Status, a Task<T> an absl::StatusOr<T>; a status that
// the task gave comes as it is. Not to be called by what the loop calls.
//
//   CANCELLED           somebody else called loop.Stop(): the task is destroyed
//   RESOURCE_EXHAUSTED  there was no memory for it, or it ended by
//                       std::bad_alloc
template <class T>
internal::WithStatusOf<T> BlockOn(EventLoop& loop, Task<T> task) {
  using Result = internal::WithStatusOf<T>;
  return transport::OrOutOfMemory([&]() -> Result {
    std::optional<Result> result;
    const internal::Root root = internal::CollectAndStop(task, loop, result);
    root.handle.resume();
    loop.Run();
    root.handle.destroy();
    if (result.has_value()) return *std::move(result);
    return absl::CancelledError("the loop was stopped");
  });
}

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_BLOCK_ON_H_
