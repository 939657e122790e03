#ifndef IPC_CHANNEL_TRANSPORT_MACH_MACH_RECEIVER_H_
#define IPC_CHANNEL_TRANSPORT_MACH_MACH_RECEIVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mach/incoming_message.h"
#include "ipc_channel/transport/mach/kqueue.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {

// The receive right of a channel's port. One system call a message. In a forked
// child every operation gives FAILED_PRECONDITION. Thread-compatible.
class MachReceiverLane final : public ReceiverLane {
 public:
  // Asks for the notification that tells the end. RESOURCE_EXHAUSTED.
  static absl::StatusOr<std::unique_ptr<MachReceiverLane>> Create(
      ReceiveRight right);

  // `unanswered`: how much of the queue may lie before the last of the answers
  // that are nothing to anybody (kernel_notice.h), with that.
  MachReceiverLane(ReceiveRight right, mach_port_msgcount_t unanswered)
      : right_(std::move(right)), unanswered_(unanswered) {}

  absl::StatusOr<bool> Receive(Message& message, absl::Time deadline) override;

  // What there is to wait for is made on demand, and is not what travels.
  BorrowedFd descriptor() const override { return BorrowedFd(); }
  absl::StatusOr<BorrowedFd> Waitable() override;
  absl::Time Deadline() override {
    return has_ended_ ? absl::InfinitePast() : absl::InfiniteFuture();
  }

  // MACH_PORT_NULL in a forked child, and once it was moved.
  mach_port_name_t port() const { return right_.name(); }
  // True once Receive() has found that every sender is gone.
  bool has_ended() const { return has_ended_; }

  // What a send does (outgoing_handles.h): the kernel has taken the right; or
  // has taken it and given it back, under this name.
  void WasMoved() { static_cast<void>(right_.Release()); }
  // The kernel has destroyed the right, with all that was queued: the end.
  void WasLost();
  void CameBack(mach_port_name_t name);

 private:
  // False if the message is nothing to the caller.
  absl::StatusOr<bool> TakeMessage(mach_msg_header_t& header, Message& message);
  absl::Status Unpack(mach_msg_header_t& header, Message& message);
  absl::StatusOr<bool> TakeNotice(mach_msg_header_t& header);
  absl::Status RequestEnd();
  void CountTaken();
  void LookForAnswers();

  ReceiveRight right_;
  mach_port_msgcount_t unanswered_;
  bool was_lost_ = false;
  bool has_ended_ = false;
  std::optional<Kqueue> kqueue_;  // once asked for
  IncomingMessage incoming_;      // of the message at hand; kept for its memory
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_MACH_RECEIVER_H_
