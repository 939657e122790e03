#ifndef IPC_CHANNEL_TRANSPORT_UNIX_EPOLL_WAITER_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_EPOLL_WAITER_H_

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
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// Waits for lanes with a descriptor in one epoll object, so that idle ones cost
// nothing, and for lanes that call a listener through an eventfd in it. One
// system call a Poll(); both descriptors are made when first needed.
class EpollWaiter final : public SetWaiter {
 public:
  absl::Status Add(std::uint64_t id, ReceiverLane& lane) override;
  void Remove(std::uint64_t id, ReceiverLane& lane) override;
  absl::StatusOr<std::size_t> Poll(std::span<std::uint64_t> ids,
                                   absl::Time deadline) override;
  absl::StatusOr<BorrowedFd> Waitable() override;
  absl::Time Deadline() override;
  void Relist(std::uint64_t id, const ReceiverLane& lane) override;

 private:
  absl::Status OpenEpoll();
  absl::Status OpenReadyList();
  absl::Status Watch(BorrowedFd descriptor, std::uint64_t id);
  absl::StatusOr<std::size_t> PollKernel(std::span<std::uint64_t> ids,
                                         absl::Time deadline);
  void ConsumeWakeUp() const;

  UniqueFd epoll_;
  std::shared_ptr<const UniqueFd> eventfd_;  // null while there is no list
  std::shared_ptr<ReadyList> ready_;         // of lanes without a descriptor
  bool round_up_ = false;                    // whose turn an odd place is
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_EPOLL_WAITER_H_
