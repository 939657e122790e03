#include "ipc_channel/transport/receiver.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::transport {
namespace {

absl::StatusOr<bool> ReceiveFrom(ReceiverLane* lane, Message& message,
                                 absl::Time deadline) {
  message.Clear();
  if (lane == nullptr) {
    return absl::FailedPreconditionError("the receiver is empty");
  }
  absl::StatusOr<bool> received = lane->Receive(message, deadline);
  if (!received.ok()) message.Clear();
  return received;
}

}  // namespace

absl::Status Receiver::Receive(Message& message, absl::Time deadline) {
  const absl::StatusOr<bool> received =
      ReceiveFrom(lane_.get(), message, deadline);
  if (!received.ok()) return received.status();
  if (!*received) {
    return absl::DeadlineExceededError("no message until the deadline");
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Receiver::TryReceive(Message& message) {
  return ReceiveFrom(lane_.get(), message, absl::InfinitePast());
}

}  // namespace ipc_channel::transport
