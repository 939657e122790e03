#ifndef IPC_CHANNEL_TRANSPORT_UNIX_UNIX_RECEIVER_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_UNIX_RECEIVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/descriptor_guard.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {

// The receiving end of a SOCK_SEQPACKET socket. One system call a message that
// is there, one for a look that finds none; one more of each while this process
// is at its limit of descriptors. Thread-compatible.
class UnixReceiverLane final : public ReceiverLane {
 public:
  explicit UnixReceiverLane(UniqueFd socket) : socket_(std::move(socket)) {}

  absl::StatusOr<bool> Receive(Message& message, absl::Time deadline) override;

  BorrowedFd descriptor() const override { return socket_.Borrow(); }

 private:
  enum class Outcome { kMessage, kNothingYet, kLookAgain };

  absl::StatusOr<Outcome> ReceiveOnce(Message& message, Blocking blocking);
  // Adds what lies in the helper socket of the packet at hand to it.
  absl::Status TakeFromHelper();
  absl::StatusOr<Outcome> AfterEmptyRead() const;

  const UniqueFd socket_;
  DescriptorGuard guard_;
  // Of the packet at hand; kept for their memory.
  DecodedPacket packet_;
  std::vector<UniqueFd> descriptors_;
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_UNIX_RECEIVER_H_
