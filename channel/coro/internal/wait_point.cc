#include "ipc_channel/channel/coro/internal/wait_point.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro::internal {

absl::Status WaitPoint::Open(Reactor& reactor, transport::BorrowedFd descriptor,
                             transport::Interest interest) {
  absl::StatusOr<std::unique_ptr<Watch>> watch =
      reactor.NewWatch(descriptor, interest, [this] { OnReady(); });
  if (!watch.ok()) return watch.status();
  watch_ = *std::move(watch);
  return absl::OkStatus();
}

void WaitPoint::Leave() {
  waiter_ = nullptr;
  watch_->Disarm();
  if (is_abandoned_) delete this;
}

void WaitPoint::Abandon(std::unique_ptr<WaitPoint> point) {
  if (!point->is_awaited()) return;
  point->is_abandoned_ = true;
  point->Nudge();
  // Its own from here on: OnReady() or Leave() comes.
  static_cast<void>(point.release());
}

void WaitPoint::OnReady() {
  turns_ = kTurns;
  if (waiter_ == nullptr) return;
  if (!is_abandoned_) return waiter_->OnReady();
  const std::unique_ptr<WaitPoint> until_told(this);
  std::exchange(waiter_, nullptr)->OnAbandoned();
}

}  // namespace ipc_channel::coro::internal
