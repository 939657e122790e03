#ifndef IPC_CHANNEL_CHANNEL_CORO_INTERNAL_SETTLE_H_
#define IPC_CHANNEL_CHANNEL_CORO_INTERNAL_SETTLE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>

#include "ipc_channel/channel/coro/internal/result.h"
#include "ipc_channel/channel/coro/task.h"

namespace ipc_channel::coro::internal {

// Awaits `task`, which stays where it is, and gives what it came to without
// throwing.
template <class T>
class Settle {
 public:
  explicit Settle(const Task<T>& task) : handle_(TaskAccess::HandleOf(task)) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> outer) const {
    return handle_.promise().handshake().Start(handle_, outer);
  }
  WithStatusOf<T> await_resume() const {
    return handle_.promise().result().TakeWithStatus();
  }

 private:
  std::coroutine_handle<TaskPromise<T>> handle_;
};

}  // namespace ipc_channel::coro::internal

#endif  // IPC_CHANNEL_CHANNEL_CORO_INTERNAL_SETTLE_H_
