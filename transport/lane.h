#ifndef IPC_CHANNEL_TRANSPORT_LANE_H_
#define IPC_CHANNEL_TRANSPORT_LANE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

class HandleRef;
class Message;

// The seam between the ends that people hold (sender.h, receiver.h) and the
// ways in which a message travels: a kernel socket, a queue in memory. A back
// end implements the two interfaces; the contract of their operations is that
// of Sender and Receiver, and one suite holds every back end to it.

// The sending side. Implementations are thread-safe. Destroying the object
// gives up this hold on the sending end.
class SenderLane {
 public:
  SenderLane() = default;
  SenderLane(const SenderLane&) = delete;
  SenderLane& operator=(const SenderLane&) = delete;
  virtual ~SenderLane() = default;

  // As Sender::Send().
  virtual absl::Status Send(std::span<const std::byte> payload,
                            std::span<const HandleRef> handles,
                            absl::Time deadline) = 0;

  // The descriptor that stands for this end in a message to another process;
  // not valid where the channel cannot leave this one.
  virtual BorrowedFd descriptor() const = 0;
};

// The receiving side. Implementations are thread-compatible. Destroying the
// object drops the receiving end and with it everything still queued.
class ReceiverLane {
 public:
  ReceiverLane() = default;
  ReceiverLane(const ReceiverLane&) = delete;
  ReceiverLane& operator=(const ReceiverLane&) = delete;
  virtual ~ReceiverLane() = default;

  // As Receiver::Receive(), but a deadline that has passed gives false, and
  // `message` is empty before. After false or an error the caller clears it.
  virtual absl::StatusOr<bool> Receive(Message& message,
                                       absl::Time deadline) = 0;

  // As SenderLane::descriptor().
  virtual BorrowedFd descriptor() const = 0;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_LANE_H_
