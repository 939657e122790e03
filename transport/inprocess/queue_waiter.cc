#include "ipc_channel/transport/inprocess/queue_waiter.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ipc_channel::transport::inprocess {

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
  return ready_->Take(ids);
}

void QueueWaiter::Relist(std::uint64_t id, const ReceiverLane& /*lane*/) {
  ready_->OnReady(id);
}

}  // namespace ipc_channel::transport::inprocess
