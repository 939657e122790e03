#ifndef IPC_CHANNEL_TRANSPORT_MACH_PORT_SET_WAITER_H_
#define IPC_CHANNEL_TRANSPORT_MACH_PORT_SET_WAITER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mach/kqueue.h"
#include "ipc_channel/transport/ready_list.h"
#include "ipc_channel/transport/set_waiter.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {

// Waits for lanes that are ports in one kqueue, so that idle ones cost nothing,
// and for lanes that call a listener through a bell in it. One system call a
// Poll(); the descriptor is made when first needed. A kqueue, and not a Mach
// port set: that could only tell of one port at a time, and always of the same
// one for as long as nobody receives from it. In a forked child every operation
// fails.
class PortSetWaiter final : public SetWaiter {
 public:
  absl::Status Add(std::uint64_t id, ReceiverLane& lane) override;
  void Remove(std::uint64_t id, ReceiverLane& lane) override;
  absl::StatusOr<std::size_t> Poll(std::span<std::uint64_t> ids,
                                   absl::Time deadline) override;
  absl::StatusOr<BorrowedFd> Waitable() override;
  absl::Time Deadline() override;
  void Relist(std::uint64_t id, const ReceiverLane& lane) override;

 private:
  absl::Status OpenKqueue();
  absl::Status OpenReadyList();
  absl::StatusOr<std::size_t> PollKernel(std::span<std::uint64_t> ids,
                                         absl::Time deadline);

  // Shared with the list's wake-up, which lanes may call later than this lives.
  std::shared_ptr<const Kqueue> kqueue_;
  std::shared_ptr<ReadyList> ready_;  // of lanes that the kernel cannot watch
  bool round_up_ = false;             // whose turn an odd place is
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_PORT_SET_WAITER_H_
