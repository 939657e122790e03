#ifndef IPC_CHANNEL_TRANSPORT_RECEIVER_H_
#define IPC_CHANNEL_TRANSPORT_RECEIVER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"

namespace ipc_channel::transport {

// The receiving end of a channel; there is one. It can be moved into a message
// and so to another process, with everything that is queued. Destroying it
// drops what is queued, and senders are told Disconnected at their next send.
//
// Move-only; thread-compatible.
class Receiver {
 public:
  // An empty receiver: receiving gives FAILED_PRECONDITION.
  Receiver() = default;
  // For back ends.
  explicit Receiver(std::unique_ptr<ReceiverLane> lane)
      : lane_(std::move(lane)) {}

  bool valid() const { return lane_ != nullptr; }

  // Receives the next message into `message` (message.h), whose former content
  // is dropped and whose memory is used again. Waits until `deadline`:
  // InfinitePast() does not wait, InfiniteFuture() waits for as long as it
  // takes. After any status but OK `message` is empty.
  //
  //   UNAVAILABLE          every sender in every process is gone, and every
  //                        message that was accepted has been received
  //   DEADLINE_EXCEEDED    no message until the deadline
  //   DATA_LOSS            a peer sent something malformed: it has been
  //                        dropped, its handles closed; receive again
  //   RESOURCE_EXHAUSTED   this process is short of memory, descriptors or
  //                        mappings: the message at hand was lost, the channel
  //                        was not; but for want of descriptors only the first
  //                        is lost, after it messages stay queued until there
  //                        is room, and nothing is lost before there is plenty
  //   FAILED_PRECONDITION  this receiver is empty
  absl::Status Receive(Message& message,
                       absl::Time deadline = absl::InfiniteFuture());

  // The same without waiting: false if there is no message yet.
  absl::StatusOr<bool> TryReceive(Message& message);

  const std::unique_ptr<ReceiverLane>& lane() const { return lane_; }

 private:
  std::unique_ptr<ReceiverLane> lane_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_RECEIVER_H_
