#ifndef IPC_CHANNEL_CHANNEL_CORO_TASK_GROUP_H_
#define IPC_CHANNEL_CHANNEL_CORO_TASK_GROUP_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "ipc_channel/channel/coro/internal/root.h"
#include "ipc_channel/channel/coro/task.h"
#include "ipc_channel/channel/loop/internal/list_hook.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::coro {
namespace internal {

struct TaskGroupAccess;

}  // namespace internal

// Tasks that run beside each other and live no longer than this:
//
//   coro::TaskGroup group;
//   group.Spawn(Serve(std::move(one)));
//   group.Spawn(Serve(std::move(other)));
//   absl::Status status = co_await group.Join();
//
// Destroying it destroys those that have not ended, none of which may be the
// one that runs. Who is in a Join() then is never resumed, and can only be
// destroyed. Neither copyable nor movable; for the thread of what its tasks
// await.
class TaskGroup final : private internal::RootOwner {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Takes `task`, a Task<> or a Task<absl::Status>, and runs it, within this
  // call, until it waits for something. Its memory is freed when it ends. If
  // there is no memory to begin it, Join() says so.
  template <class T>
  void Spawn(Task<T> task) {
    static_cast<void>(TrySpawn(std::move(task)));
  }

  // How many have not ended.
  std::size_t size() const { return size_; }

  class JoinAwaiter {
   public:
    JoinAwaiter(const JoinAwaiter&) = delete;
    JoinAwaiter& operator=(const JoinAwaiter&) = delete;
    ~JoinAwaiter();

    bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> waiting) noexcept;
    absl::Status await_resume() noexcept;

   private:
    friend class TaskGroup;
    explicit JoinAwaiter(TaskGroup& group) : group_(&group) {}

    TaskGroup* group_;  // null once that is gone
    std::coroutine_handle<> waiting_;
    bool is_refused_ = false;
  };

  // co_await gives, once all have ended, the first status among theirs that was
  // not OK since the last Join(). More can be spawned before that and after it.
  //
  //   RESOURCE_EXHAUSTED   one could not be begun, or ended by std::bad_alloc
  //   FAILED_PRECONDITION  another coroutine is in a Join()
  [[nodiscard]] JoinAwaiter Join() { return JoinAwaiter(*this); }

 private:
  friend internal::TaskGroupAccess;

  // The same, and says itself if it could not be begun. If it was, this may be
  // gone when it returns: whoever joined it may have been resumed.
  template <class T>
  absl::Status TrySpawn(Task<T> task) {
    absl::Status begun = transport::OrOutOfMemory([&] {
      Begin(internal::RunAsRoot(std::move(task)).handle);
      return absl::OkStatus();
    });
    if (!begun.ok()) Note(begun);
    return begun;
  }
  void Begin(internal::RootHandle root);
  void Note(absl::Status status);
  std::coroutine_handle<> OnEnd(internal::RootHandle ended) noexcept override;

  ipc_channel::internal::ListHook<internal::RootPromise> owned_;
  std::size_t size_ = 0;
  absl::Status status_;
  JoinAwaiter* joins_ = nullptr;
};

namespace internal {

// For those who give up if one task cannot be begun.
struct TaskGroupAccess {
  template <class T>
  static absl::Status TrySpawn(TaskGroup& group, Task<T> task) {
    return group.TrySpawn(std::move(task));
  }
};

}  // namespace internal
}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_TASK_GROUP_H_
