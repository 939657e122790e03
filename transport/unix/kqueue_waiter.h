#ifndef IPC_CHANNEL_TRANSPORT_UNIX_KQUEUE_WAITER_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_KQUEUE_WAITER_H_

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

// Waits for lanes with a descriptor in one kqueue, so that idle ones cost
// nothing, and for lanes that call a listener through a user event in it. One
// system call a Poll(); the descriptor is made when first needed. Forked
// children do not inherit it: a set serves the process that filled it. In a
// child the number may be somebody else's: a copy of this neither closes nor
// wakes it.
//
// Compiled, never run: no machine of this project runs FreeBSD.
class KqueueWaiter final : public SetWaiter {
 public:
  absl::Status Add(std::uint64_t id, ReceiverLane& lane) override;
  void Remove(std::uint64_t id, ReceiverLane& lane) override;
  absl::StatusOr<std::size_t> Poll(std::span<std::uint64_t> ids,
                                   absl::Time deadline) override;
  absl::StatusOr<BorrowedFd> Waitable() override;
  absl::Time Deadline() override;
  void Relist(std::uint64_t id, const ReceiverLane& lane) override;

 private:
  // A kqueue and the process that has it.
  class Kqueue {
   public:
    // Without a valid descriptor after an error, with errno set.
    Kqueue();
    Kqueue(const Kqueue&) = delete;
    Kqueue& operator=(const Kqueue&) = delete;
    ~Kqueue();

    BorrowedFd descriptor() const { return descriptor_.Borrow(); }
    bool IsOfThisProcess() const;

   private:
    UniqueFd descriptor_;
    const int process_;
  };

  absl::Status OpenKqueue();
  absl::Status OpenReadyList();
  absl::StatusOr<std::size_t> PollKernel(std::span<std::uint64_t> ids,
                                         absl::Time deadline);

  // Shared with the list's wake-up, which lanes may call later than this lives.
  std::shared_ptr<const Kqueue> kqueue_;
  std::shared_ptr<ReadyList> ready_;  // of lanes without a descriptor
  bool round_up_ = false;             // whose turn an odd place is
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_KQUEUE_WAITER_H_
