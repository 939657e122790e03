#include "ipc_channel/channel/coro/task_group.h"

#include <coroutine>
#include <utility>

#include "absl/status/status.h"
#include "ipc_channel/channel/coro/internal/root.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::coro {

TaskGroup::~TaskGroup() {
  while (internal::RootPromise* const root = owned_.next()) {
    internal::RootHandle::from_promise(*root).destroy();
  }
  if (joins_ != nullptr) joins_->group_ = nullptr;
}

void TaskGroup::Begin(internal::RootHandle root) {
  root.promise().owner = this;
  root.promise().among_owned.AppendTo(owned_);
  ++size_;
  root.resume();
}

void TaskGroup::Note(absl::Status status) {
  if (status_.ok()) status_ = std::move(status);
}

std::coroutine_handle<> TaskGroup::OnEnd(internal::RootHandle ended) noexcept {
  Note(std::move(ended.promise().status));
  ended.destroy();
  if (--size_ > 0 || joins_ == nullptr) return std::noop_coroutine();
  return std::exchange(joins_, nullptr)->waiting_;
}

TaskGroup::JoinAwaiter::~JoinAwaiter() {
  if (group_ != nullptr && group_->joins_ == this) group_->joins_ = nullptr;
}

bool TaskGroup::JoinAwaiter::await_ready() noexcept {
  is_refused_ = group_->joins_ != nullptr;
  return is_refused_ || group_->size_ == 0;
}

void TaskGroup::JoinAwaiter::await_suspend(
    std::coroutine_handle<> waiting) noexcept {
  waiting_ = waiting;
  group_->joins_ = this;
}

absl::Status TaskGroup::JoinAwaiter::await_resume() noexcept {
  if (is_refused_) {
    return transport::OrOutOfMemory([] {
      return absl::FailedPreconditionError("somebody else joins the group");
    });
  }
  return std::exchange(group_->status_, absl::OkStatus());
}

}  // namespace ipc_channel::coro
