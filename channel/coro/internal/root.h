#ifndef IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ROOT_H_
#define IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ROOT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "ipc_channel/channel/coro/internal/settle.h"
#include "ipc_channel/channel/coro/task.h"
#include "ipc_channel/channel/loop/internal/list_hook.h"
#include "ipc_channel/channel/loop/reactor.h"

namespace ipc_channel::coro::internal {

class RootPromise;
using RootHandle = std::coroutine_handle<RootPromise>;

// Who is told when a coroutine that nobody awaits has ended.
class RootOwner {
 public:
  // Owns `ended` from here on, which stands at its end. Gives who goes on.
  virtual std::coroutine_handle<> OnEnd(RootHandle ended) noexcept = 0;

 protected:
  ~RootOwner() = default;
};

// The return type of such a coroutine: begins when it is resumed, and stands
// still at its end unless it has an owner.
struct Root {
  using promise_type = RootPromise;
  RootHandle handle;
};

class RootPromise {
 public:
  struct AtEnd {
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(RootHandle ended) const noexcept {
      RootPromise& promise = ended.promise();
      if (promise.owner != nullptr) return promise.owner->OnEnd(ended);
      if (promise.is_detached) ended.destroy();
      return std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  Root get_return_object() { return {RootHandle::from_promise(*this)}; }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  AtEnd final_suspend() const noexcept { return {}; }
  void return_value(absl::Status result) { status = std::move(result); }
  void unhandled_exception() const noexcept { std::terminate(); }

  absl::Status status;
  RootOwner* owner = nullptr;
  bool is_detached = false;
  std::unique_ptr<Watch> starter;
  ipc_channel::internal::ListHook<RootPromise> among_owned{this};
};

template <class T>
Root RunAsRoot(Task<T> task) {
  static_assert(std::is_void_v<T> || std::is_same_v<T, absl::Status>,
                "ipc_channel: a task that runs by itself, by Spawn() or in a "
                "TaskGroup, gives nothing or an absl::Status.");
  co_return co_await Settle<T>(task);
}

}  // namespace ipc_channel::coro::internal

#endif  // IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ROOT_H_
