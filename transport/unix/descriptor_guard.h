#ifndef IPC_CHANNEL_TRANSPORT_UNIX_DESCRIPTOR_GUARD_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_DESCRIPTOR_GUARD_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "absl/status/status.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {

// Keeps a receiver from losing messages at its process's limit of descriptors:
// the kernel drops those that have no number left, and their packet is out of
// the queue by then. Costs nothing until that has happened once. From then on
// every packet is looked at before it is taken, until the process is well away
// from the limit. Thread-compatible.
class DescriptorGuard {
 public:
  // RESOURCE_EXHAUSTED if the next packet at `socket` has more descriptors than
  // this process may open now; the packet stays in the queue. Waits for one if
  // `blocking`. OK for everything else, a message over `limits` among
  // it: taking the packet tells.
  absl::Status CheckNextPacket(BorrowedFd socket, Blocking blocking,
                               const MessageLimits& limits) const {
    return is_careful_ ? LookAtNextPacket(socket, blocking, limits)
                       : absl::OkStatus();
  }

  // A packet lost descriptors.
  void PacketWasCut() { is_careful_ = true; }

  // A packet came whole, with so many descriptors, open now.
  void PacketWasWhole(std::size_t descriptors);

 private:
  absl::Status LookAtNextPacket(BorrowedFd socket, Blocking blocking,
                                const MessageLimits& limits) const;

  bool is_careful_ = false;
};

// What a receive gives for a message of which descriptors were cut.
absl::Status LostAtDescriptorLimitError();

// True if this process may open `count` more descriptors, as far as that can be
// told while other threads open theirs. Opens one at most: whoever opens a
// descriptor meanwhile is not to fail for it.
bool HasRoomForDescriptors(std::size_t count);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_DESCRIPTOR_GUARD_H_
