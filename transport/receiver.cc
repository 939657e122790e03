#include "ipc_channel/transport/receiver.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

absl::Status EmptyReceiver() {
  return absl::FailedPreconditionError("the receiver is empty");
}

absl::StatusOr<bool> ReceiveFrom(ReceiverLane* lane, Message& message,
                                 absl::Time deadline) {
  message.Clear();
  if (lane == nullptr) return EmptyReceiver();
  absl::StatusOr<bool> received =
      OrOutOfMemory([&] { return lane->Receive(message, deadline); });
  if (!received.ok()) message.Clear();
  return received;
}

}  // namespace

absl::Status Receiver::Receive(Message& message, absl::Time deadline) {
  const absl::StatusOr<bool> received =
      ReceiveFrom(lane_.get(), message, deadline);
  if (!received.ok()) return received.status();
  if (*received) return absl::OkStatus();
  return OrOutOfMemory([] {
    return absl::DeadlineExceededError("no message until the deadline");
  });
}

absl::StatusOr<bool> Receiver::TryReceive(Message& message) {
  return ReceiveFrom(lane_.get(), message, absl::InfinitePast());
}

absl::StatusOr<BorrowedFd> Receiver::waitable() {
  if (lane_ == nullptr) return EmptyReceiver();
  return lane_->Waitable();
}

absl::StatusOr<BorrowedFd> Receiver::NativeWaitable() {
  if (lane_ == nullptr) return EmptyReceiver();
  return lane_->NativeWaitable();
}

absl::Time Receiver::deadline() {
  return lane_ == nullptr ? absl::InfinitePast() : lane_->Deadline();
}

}  // namespace ipc_channel::transport
