#ifndef IPC_CHANNEL_CHANNEL_CORO_INTERNAL_HANDSHAKE_H_
#define IPC_CHANNEL_CHANNEL_CORO_INTERNAL_HANDSHAKE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <atomic>
#include <coroutine>

namespace ipc_channel::coro::internal {

// Between a coroutine that waits, the outer one, and another that it started
// and that gets somewhere: now or later, here or in another thread. Whoever
// comes second goes on with the outer one, so that it is resumed exactly once.
//
// Starting is a call and no transfer of control: where nothing has to be waited
// for, a million times in a row take no stack, be the compiler optimizing or
// not.
class Handshake {
 public:
  // Resumes `inner`. True if the outer one is to be suspended: Meet() will give
  // it. False if `inner` is there already.
  bool Start(std::coroutine_handle<> inner, std::coroutine_handle<> outer) {
    outer_ = outer;
    is_met_.store(false, std::memory_order_relaxed);
    inner.resume();
    return !is_met_.exchange(true, std::memory_order_acq_rel);
  }

  // While the inner one, which was started, is on its way: `outer` waits for it
  // from now on, in place of whoever did. For a thread in which it cannot meet
  // at the same time.
  void Replace(std::coroutine_handle<> outer) { outer_ = outer; }

  // The inner one is there: gives who goes on.
  std::coroutine_handle<> Meet() noexcept {
    if (is_met_.exchange(true, std::memory_order_acq_rel)) return outer_;
    return std::noop_coroutine();
  }

 private:
  std::coroutine_handle<> outer_;
  std::atomic<bool> is_met_{false};
};

}  // namespace ipc_channel::coro::internal

#endif  // IPC_CHANNEL_CHANNEL_CORO_INTERNAL_HANDSHAKE_H_
