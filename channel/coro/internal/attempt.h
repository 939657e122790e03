#ifndef IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ATTEMPT_H_
#define IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ATTEMPT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/internal/wait_point.h"

namespace ipc_channel::coro::internal {

// Tries something at once, and then whenever it may be worth it, until it gives
// something or `deadline` has passed: what the awaiters of single ends are
// alike. Lives in the frame of the coroutine that waits; destroying it ends the
// waiting.
class Attempt : private PointWaiter {
 public:
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiting);

 protected:
  // `point` is null for an empty end.
  Attempt(WaitPoint* point, absl::Time deadline)
      : point_(point), deadline_(deadline) {}
  ~Attempt();

  // Whether there is a result now.
  virtual bool Try() = 0;
  // After a Try() that gave nothing: when to look again at the latest.
  virtual absl::Time LookAt() = 0;
  // The result is `error`.
  virtual void Fail(absl::Status error) = 0;

 private:
  bool IsLate();
  void Wait();
  void Resume();
  void OnReady() override;
  void OnAbandoned() override;

  WaitPoint* const point_;
  const absl::Time deadline_;
  bool has_tried_ = false;
  std::coroutine_handle<> waiting_;  // none unless it waits at `point_`
};

}  // namespace ipc_channel::coro::internal

#endif  // IPC_CHANNEL_CHANNEL_CORO_INTERNAL_ATTEMPT_H_
