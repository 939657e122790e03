#include "ipc_channel/transport/inprocess/queue_waiter.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ipc_channel::transport::inprocess {

QueueWaiter::QueueWaiter()
    : bell_(std::make_shared<Bell>()),
      ready_(std::make_shared<ReadyList>([bell = bell_] {
        MutexLock lock(bell->mutex);
        if (bell->doorbell.has_value()) bell->doorbell->Ring();
      })) {}

absl::Status QueueWaiter::Add(std::uint64_t id, ReceiverLane& lane) {
  ready_->Enroll(id);
  if (!lane.SetReadyListener(ready_, id)) {
    ready_->Forget(id);
    return absl::InvalidArgumentError("the receiver cannot be in a set");
  }
  ready_->OnReady(id);  // for what is queued already
  return absl::OkStatus();
}

void QueueWaiter::Remove(std::uint64_t id, ReceiverLane& lane) {
  lane.SetReadyListener(nullptr, 0);
  ready_->Forget(id);
}

absl::StatusOr<std::size_t> QueueWaiter::Poll(std::span<std::uint64_t> ids,
                                              absl::Time deadline) {
  ready_->Wait(deadline);
  const std::size_t count = ready_->Take(ids);
  MutexLock lock(bell_->mutex);
  if (bell_->doorbell.has_value()) bell_->doorbell->Silence();
  return count;
}

absl::StatusOr<BorrowedFd> QueueWaiter::Waitable() {
  {
    MutexLock lock(bell_->mutex);
    if (bell_->doorbell.has_value()) return bell_->doorbell->descriptor();
    absl::StatusOr<Doorbell> made = Doorbell::Create();
    if (!made.ok()) return made.status();
    bell_->doorbell = *std::move(made);
  }
  // Deadline() may have been asked, and something may have come, before there
  // was a bell.
  const bool has_come = ready_->SizeOrWakeNext() > 0;
  MutexLock lock(bell_->mutex);
  if (has_come) bell_->doorbell->Ring();
  return bell_->doorbell->descriptor();
}

void QueueWaiter::Relist(std::uint64_t id, const ReceiverLane& /*lane*/) {
  ready_->OnReady(id);
}

}  // namespace ipc_channel::transport::inprocess
