#ifndef IPC_CHANNEL_TRANSPORT_MACH_MACH_SENDER_H_
#define IPC_CHANNEL_TRANSPORT_MACH_MACH_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <memory>
#include <span>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mach/outgoing_handles.h"
#include "ipc_channel/transport/mach/outgoing_message.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/room_notice.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {

// A send right to a channel's port. One system call a message; a few more for
// handles that are files and for large payloads that are not aligned, and
// while the channel is full. Never waits within the kernel's send: a port that
// dies meanwhile would give success there. There is
// one for each port in a process (held_senders.h). In a forked child every
// operation gives FAILED_PRECONDITION. Thread-safe.
class MachSenderLane final : public SenderLane {
 public:
  // The lane of this port, which may be here already. `right` may be to a dead
  // port: sends give UNAVAILABLE then.
  static std::shared_ptr<MachSenderLane> For(SendRight right);

  explicit MachSenderLane(SendRight right) : right_(std::move(right)) {}
  ~MachSenderLane() override;

  absl::Status Send(const Payload& payload, std::span<const HandleRef> handles,
                    absl::Time deadline) override;

  // As Send() of nothing but `receiver`, which is taken on success: the message
  // by which a client connects, with an id of its own (message_layout.h). The
  // limits of this sender are not asked.
  absl::Status SendConnection(Receiver& receiver, absl::Time deadline);

  BorrowedFd descriptor() const override { return BorrowedFd(); }
  absl::StatusOr<BorrowedFd> Waitable() override;
  Interest interest() const override { return Interest::kReadable; }
  absl::Time Deadline() override;

  // MACH_PORT_NULL in a forked child.
  mach_port_name_t port() const { return right_.name(); }

 private:
  absl::Status SendUntil(OutgoingHandles& handles,
                         const OutgoingPayload& payload, absl::Time deadline);
  absl::Status SendOutOfLine(const Payload& payload, OutgoingHandles& handles,
                             absl::Time deadline);
  void AwaitRoom();
  void WaitForRoom(absl::Time deadline);

  const SendRight right_;
  Mutex mutex_;
  std::unique_ptr<RoomNotice> room_ ABSL_GUARDED_BY(mutex_);  // once asked for
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_MACH_SENDER_H_
