#ifndef IPC_CHANNEL_CHANNEL_EXECUTOR_H_
#define IPC_CHANNEL_CHANNEL_EXECUTOR_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/functional/any_invocable.h"

namespace ipc_channel {

// Where work of this library is to run: somebody's thread pool, or the loop of
// a thread. Meeting it takes one function:
//
//   class PoolExecutor final : public ipc_channel::Executor {
//    public:
//     explicit PoolExecutor(Pool& pool) : pool_(pool) {}
//     void Execute(Task task) override {
//       pool_.Post([task = std::move(task)]() mutable { std::move(task)(); });
//     }
//
//    private:
//     Pool& pool_;
//   };
//
// (Post() has to take functions that can only be moved: one that takes
// std::function does not compile. std::move_only_function, absl::AnyInvocable
// or a shared_ptr to the task do.)
//
// Thread-safe.
class Executor {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  // Runs `task` once, sometime, on any thread, be it this one in this call; or
  // destroys it without having run it, if the executor comes to its end before.
  // Must not wait for the task, unless it runs it here. Tasks do not throw.
  // What throws in here, for want of memory say, has destroyed the task; a loop
  // (channel/loop/) ends the program instead.
  virtual void Execute(Task task) = 0;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_EXECUTOR_H_
