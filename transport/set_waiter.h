#ifndef IPC_CHANNEL_TRANSPORT_SET_WAITER_H_
#define IPC_CHANNEL_TRANSPORT_SET_WAITER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// How a ReceiverSet waits for many lanes at once. It neither owns lanes nor
// receives from them; it knows which may be worth a look. Thread-compatible.
class SetWaiter {
 public:
  SetWaiter() = default;
  SetWaiter(const SetWaiter&) = delete;
  SetWaiter& operator=(const SetWaiter&) = delete;
  virtual ~SetWaiter() = default;

  // Watches `lane`, which must stay until Remove(), under `id`: not 0, and not
  // another lane's before. What is queued already counts. After an error, or an
  // exception for want of memory, nothing is watched.
  virtual absl::Status Add(std::uint64_t id, ReceiverLane& lane) = 0;
  virtual void Remove(std::uint64_t id, ReceiverLane& lane) = 0;

  // Waits until there is a lane to look at and gives their ids at the start of
  // `ids`, which is not empty: each once, and those that have waited longest
  // first. Their number may be 0, at the deadline or before. A lane that was
  // given and found not empty is given again only after Relist().
  virtual absl::StatusOr<std::size_t> Poll(std::span<std::uint64_t> ids,
                                           absl::Time deadline) = 0;

  // As ReceiverSet::waitable() and deadline(), of the lanes that are watched:
  // InfinitePast() while Poll() would give one without asking the system.
  virtual absl::StatusOr<BorrowedFd> Waitable() = 0;
  virtual absl::Time Deadline() = 0;

  // A look at `lane` found something: there may be more.
  virtual void Relist(std::uint64_t id, const ReceiverLane& lane) = 0;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_SET_WAITER_H_
