#include "ipc_channel/channel/coro/sleep.h"

#include <coroutine>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro::internal {

bool SleepAwaiter::await_suspend(std::coroutine_handle<> sleeping) {
  sleeping_ = sleeping;
  absl::StatusOr<std::unique_ptr<Watch>> watch =
      reactor_.NewWatch(transport::BorrowedFd(), transport::Interest::kReadable,
                        [this] { OnCall(); });
  if (!watch.ok()) {
    status_ = std::move(watch).status();
    return false;
  }
  watch_ = *std::move(watch);
  watch_->Arm(until_);
  return true;
}

void SleepAwaiter::OnCall() {
  // A loop may call too early (reactor.h).
  if (absl::Now() < until_) return watch_->Arm(until_);
  sleeping_.resume();
}

}  // namespace ipc_channel::coro::internal
