#ifndef IPC_CHANNEL_CHANNEL_LOOP_EVENT_LOOP_H_
#define IPC_CHANNEL_CHANNEL_LOOP_EVENT_LOOP_H_

#include "ipc_channel/platforms/cxx20.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/deadline_heap.h"
#include "ipc_channel/channel/loop/internal/list_hook.h"
#include "ipc_channel/channel/loop/internal/poller.h"
#include "ipc_channel/channel/loop/internal/watch_node.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// A loop for one thread: what EpollReactor and PollReactor are alike.
//
//   auto loop = EpollReactor::Create();
//   ...
//   (*loop)->Run();  // until somebody calls (*loop)->Stop()
//
// It goes round in turns. Each turn looks at the descriptors once, waits if
// there is nothing else to do, and then calls what was executed and what became
// ready or late before, each once: whatever is armed or executed by a callback
// has its turn after all others had theirs. Deadlines are by the system's clock
// and are kept to the millisecond, never early.
//
// Execute() and Stop() are thread-safe; all else is for one thread at a time.
// Execute() ends the program if there is no memory for the task; it has room
// for as many tasks as ever waited at once.
//
// Destroying it destroys, without a call, what was executed and not run. That
// is nothing for what the loop calls to do; but it may be done as soon as a
// Run() has returned, even if the Stop() that had it do so has not. A Watch
// that outlives it is never called. In a forked child it can only be
// destroyed, which does not disturb the parent's.
class EventLoop : public Reactor {
 public:
  ~EventLoop() override;

  // Goes round until Stop(). Not to be called by what the loop calls: that ends
  // the program.
  void Run();

  // One turn, which waits until there is something to call, or until
  // `deadline`: InfinitePast() does not wait. False if nothing was called: then
  // it may also have returned early. Not to be called by what the loop calls.
  bool RunOnce(absl::Time deadline = absl::InfiniteFuture());

  // Makes the Run() that is under way return, or if there is none the next one.
  // That finishes the turn it is in. A RunOnce() does not wait any more until a
  // Run() has returned. Thread-safe.
  void Stop();

  // Whether a Stop() waits for a Run() to return: for who goes round by
  // RunOnce().
  bool stop_requested() const { return stop_; }

  void Execute(Task task) noexcept final;

  // As Reactor has it, and:
  //
  //   INVALID_ARGUMENT  `descriptor` is not open, or of a kind that cannot be
  //                     waited for (epoll: a regular file)
  absl::StatusOr<std::unique_ptr<Watch>> NewWatch(
      transport::BorrowedFd descriptor, transport::Interest interest,
      absl::AnyInvocable<void()> callback) final;

 protected:
  EventLoop(std::unique_ptr<internal::Poller> poller, transport::Doorbell bell);

  // To be called once, before all else: after an error the loop is not usable.
  absl::Status Start();

 private:
  class LoopWatch;

  absl::StatusOr<std::unique_ptr<Watch>> NewWatchOrThrow(
      transport::BorrowedFd descriptor, transport::Interest interest,
      absl::AnyInvocable<void()> callback);

  void Arm(internal::WatchNode& node, absl::Time deadline);
  void Disarm(internal::WatchNode& node);
  void Drop(internal::WatchNode& node);
  void MakeDue(internal::WatchNode& node);

  absl::Time BeginWait(absl::Time deadline);
  void EndWait();
  void CollectExpired();
  bool RunTasks();
  bool CallDue();
  void Call(internal::WatchNode& node);

  std::unique_ptr<internal::Poller> poller_;
  internal::ListHook<internal::WatchNode> all_;
  internal::ListHook<internal::WatchNode> due_;
  internal::DeadlineHeap deadlines_;
  std::size_t watches_ = 0;
  std::vector<Task> running_;  // those of this turn; kept for its memory
  bool is_in_turn_ = false;
  std::atomic<bool> stop_{false};

  transport::Mutex mutex_;
  std::vector<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool waits_ ABSL_GUARDED_BY(mutex_) = false;
  transport::Doorbell bell_ ABSL_GUARDED_BY(mutex_);
  internal::WatchNode bell_node_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_LOOP_EVENT_LOOP_H_
