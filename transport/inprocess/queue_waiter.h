#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_QUEUE_WAITER_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_QUEUE_WAITER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/ready_list.h"
#include "ipc_channel/transport/set_waiter.h"

namespace ipc_channel::transport::inprocess {

// Waits for lanes that call a listener, and for no others; uses no descriptor.
class QueueWaiter final : public SetWaiter {
 public:
  absl::Status Add(std::uint64_t id, ReceiverLane& lane) override;
  void Remove(std::uint64_t id, ReceiverLane& lane) override;
  absl::StatusOr<std::size_t> Poll(std::span<std::uint64_t> ids,
                                   absl::Time deadline) override;
  void Relist(std::uint64_t id, const ReceiverLane& lane) override;

 private:
  const std::shared_ptr<ReadyList> ready_ = std::make_shared<ReadyList>();
};

}  // namespace ipc_channel::transport::inprocess

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_QUEUE_WAITER_H_
