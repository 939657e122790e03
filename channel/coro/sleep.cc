#include "ipc_channel/channel/coro/sleep.h"

#include <coroutine>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro::internal {

bool SleepAwaiter::await_suspend(std::coroutine_handle<> sleeping) {
  absl::StatusOr<std::unique_ptr<Watch>> watch =
      reactor_.NewWatch(transport::BorrowedFd(), transport::Interest::kReadable,
                        [sleeping] { sleeping.resume(); });
  if (!watch.ok()) {
    status_ = std::move(watch).status();
    return false;
  }
  watch_ = *std::move(watch);
  watch_->Arm(until_);
  return true;
}

}  // namespace ipc_channel::coro::internal
