#include "ipc_channel/channel/coro/internal/attempt.h"

#include <algorithm>
#include <coroutine>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/internal/errors.h"
#include "ipc_channel/channel/coro/internal/wait_point.h"

namespace ipc_channel::coro::internal {

Attempt::~Attempt() {
  if (waiting_) point_->Leave();
}

bool Attempt::await_ready() {
  if (point_ == nullptr) {
    Fail(EmptyError());
    return true;
  }
  if (point_->is_awaited()) {
    Fail(AwaitedError());
    return true;
  }
  if (!point_->TakeTurn()) return false;
  has_tried_ = true;
  return Try() || IsLate();
}

void Attempt::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  Wait();
}

void Attempt::Wait() {
  // Without an attempt before nothing may be waited for: only for the turn.
  point_->Await(
      *this, has_tried_ ? std::min(deadline_, LookAt()) : absl::InfinitePast());
}

bool Attempt::IsLate() {
  if (deadline_ == absl::InfiniteFuture() || absl::Now() < deadline_) {
    return false;
  }
  Fail(LateError());
  return true;
}

void Attempt::OnReady() {
  has_tried_ = true;
  if (!Try() && !IsLate()) return Wait();
  point_->Leave();
  Resume();
}

void Attempt::OnAbandoned() {
  Fail(AbandonedError());
  Resume();
}

void Attempt::Resume() { std::exchange(waiting_, {}).resume(); }

}  // namespace ipc_channel::coro::internal
