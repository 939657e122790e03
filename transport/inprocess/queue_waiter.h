#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_QUEUE_WAITER_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_QUEUE_WAITER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/ready_list.h"
#include "ipc_channel/transport/set_waiter.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::inprocess {

// Waits for lanes that call a listener, and for no others; uses no descriptor
// but for Waitable().
class QueueWaiter final : public SetWaiter {
 public:
  QueueWaiter();
  absl::Status Add(std::uint64_t id, ReceiverLane& lane) override;
  void Remove(std::uint64_t id, ReceiverLane& lane) override;
  absl::StatusOr<std::size_t> Poll(std::span<std::uint64_t> ids,
                                   absl::Time deadline) override;
  absl::StatusOr<BorrowedFd> Waitable() override;
  absl::Time Deadline() override { return ready_->DeadlineOrWakeNext(); }
  void Relist(std::uint64_t id, const ReceiverLane& lane) override;

 private:
  // What a poll is woken by. Lanes may ring it later than this object lives.
  struct Bell {
    Mutex mutex;
    std::optional<Doorbell> doorbell ABSL_GUARDED_BY(mutex);
  };

  const std::shared_ptr<Bell> bell_;
  const std::shared_ptr<ReadyList> ready_;
};

}  // namespace ipc_channel::transport::inprocess

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_QUEUE_WAITER_H_
