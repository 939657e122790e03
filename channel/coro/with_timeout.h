#ifndef IPC_CHANNEL_CHANNEL_CORO_WITH_TIMEOUT_H_
#define IPC_CHANNEL_CHANNEL_CORO_WITH_TIMEOUT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/internal/errors.h"
#include "ipc_channel/channel/coro/internal/result.h"
#include "ipc_channel/channel/coro/internal/settle.h"
#include "ipc_channel/channel/coro/task.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro {
namespace internal {

// A timer that resumes a coroutine, unless something else does so first.
class Alarm {
 public:
  absl::Status Open(Reactor& reactor) {
    auto watch =
        reactor.NewWatch(transport::BorrowedFd(),
                         transport::Interest::kReadable, [this] { OnCall(); });
    if (!watch.ok()) return watch.status();
    watch_ = *std::move(watch);
    return absl::OkStatus();
  }

  void Arm(std::coroutine_handle<> waiting, absl::Time at) {
    waiting_ = waiting;
    at_ = at;
    watch_->Arm(at_);
  }
  void Disarm() { watch_->Disarm(); }
  bool has_rung() const { return has_rung_; }

 private:
  void OnCall() {
    // A loop may call too early (reactor.h).
    if (absl::Now() < at_) return watch_->Arm(at_);
    has_rung_ = true;
    waiting_.resume();
  }

  std::coroutine_handle<> waiting_;
  absl::Time at_;
  bool has_rung_ = false;
  std::unique_ptr<Watch> watch_;
};

// Awaits `task` or `alarm`, whichever comes first; true if it was the task.
template <class T>
class Race {
 public:
  Race(const Task<T>& task, Alarm& alarm, absl::Time deadline)
      : task_(task), alarm_(alarm), deadline_(deadline) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> outer) {
    alarm_.Arm(outer, deadline_);
    return task_.await_suspend(outer);
  }
  bool await_resume() {
    alarm_.Disarm();
    return !alarm_.has_rung();
  }

 private:
  const Settle<T> task_;
  Alarm& alarm_;
  const absl::Time deadline_;
};

}  // namespace internal

// Awaits `task` until `deadline`, and then destroys it, which must be possible
// then (task.h):
//
//   absl::StatusOr<Answer> answer = co_await coro::WithTimeout(
//       loop, Ask(question), absl::Seconds(1));
//
// A Task<> gives an absl::Status, a Task<T> an absl::StatusOr<T>; a status that
// the task gave comes as it is. At least one attempt is made, whatever the
// deadline: what ends without waiting ends.
//
//   DEADLINE_EXCEEDED   it had not ended at the deadline
//   RESOURCE_EXHAUSTED  no memory for a timer, or it ended by std::bad_alloc
template <class T>
Task<internal::WithStatusOf<T>> WithDeadline(Reactor& reactor, Task<T> task,
                                             absl::Time deadline) {
  internal::Alarm alarm;
  absl::Status opened = alarm.Open(reactor);
  if (!opened.ok()) co_return opened;
  const bool is_in_time = co_await internal::Race<T>(task, alarm, deadline);
  if (!is_in_time) {
    task = Task<T>();
    co_return internal::LateError();
  }
  co_return internal::Settle<T>(task).await_resume();
}

// The same for `timeout`, from this call on.
template <class T>
Task<internal::WithStatusOf<T>> WithTimeout(Reactor& reactor, Task<T> task,
                                            absl::Duration timeout) {
  return WithDeadline(reactor, std::move(task), absl::Now() + timeout);
}

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_WITH_TIMEOUT_H_
