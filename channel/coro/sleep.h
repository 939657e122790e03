#ifndef IPC_CHANNEL_CHANNEL_CORO_SLEEP_H_
#define IPC_CHANNEL_CHANNEL_CORO_SLEEP_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/reactor.h"

namespace ipc_channel::coro {
namespace internal {

class SleepAwaiter {
 public:
  SleepAwaiter(Reactor& reactor, absl::Time until)
      : reactor_(reactor), until_(until) {}
  SleepAwaiter(const SleepAwaiter&) = delete;
  SleepAwaiter& operator=(const SleepAwaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> sleeping);
  absl::Status await_resume() { return status_; }

 private:
  void OnCall();

  Reactor& reactor_;
  const absl::Time until_;
  std::coroutine_handle<> sleeping_;
  std::unique_ptr<Watch> watch_;
  absl::Status status_;
};

}  // namespace internal

// co_await returns in a later turn of the loop, not before `until`, and gives
// OK; RESOURCE_EXHAUSTED at once if there is no memory for a timer. A time in
// the past sleeps for one turn. Destroying the coroutine ends it. For the
// loop's thread only.
[[nodiscard]] inline internal::SleepAwaiter SleepUntil(Reactor& reactor,
                                                       absl::Time until) {
  return internal::SleepAwaiter(reactor, until);
}
[[nodiscard]] inline internal::SleepAwaiter SleepFor(Reactor& reactor,
                                                     absl::Duration duration) {
  return SleepUntil(reactor, absl::Now() + duration);
}

// The same without sleeping: whatever else there is to do has its turn first.
[[nodiscard]] inline internal::SleepAwaiter Yield(Reactor& reactor) {
  return SleepUntil(reactor, absl::InfinitePast());
}

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_SLEEP_H_
