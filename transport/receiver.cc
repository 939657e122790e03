#include "ipc_channel/transport/receiver.h"

#include <algorithm>
#include <stop_token>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/stoppable_wait.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

absl::Status EmptyReceiver() {
  return OrOutOfMemory(
      [] { return absl::FailedPreconditionError("the receiver is empty"); });
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

absl::Status Late() {
  return OrOutOfMemory([] {
    return absl::DeadlineExceededError("no message until the deadline");
  });
}

}  // namespace

absl::Status Receiver::Receive(Message& message, absl::Time deadline) {
  const absl::StatusOr<bool> received =
      ReceiveFrom(lane_.get(), message, deadline);
  if (!received.ok()) return received.status();
  if (*received) return absl::OkStatus();
  return Late();
}

absl::Status Receiver::Receive(Message& message, absl::Time deadline,
                               const std::stop_token& stop) {
  if (!stop.stop_possible()) return Receive(message, deadline);
  while (true) {
    if (stop.stop_requested()) {
      message.Clear();
      return OrOutOfMemory(
          [] { return absl::CancelledError("the caller asked to stop"); });
    }
    const absl::StatusOr<bool> received = TryReceive(message);
    if (!received.ok()) return received.status();
    if (*received) return absl::OkStatus();
    if (absl::Now() >= deadline) return Late();
    absl::Status waited = WaitUntilOrStopped(deadline, stop);
    if (!waited.ok()) return waited;
  }
}

absl::Status Receiver::WaitUntilOrStopped(absl::Time deadline,
                                          const std::stop_token& stop) {
  const absl::StatusOr<BorrowedFd> waitable = lane_->Waitable();
  if (!waitable.ok()) return waitable.status();
  const absl::Time look_at = lane_->Deadline();
  absl::Status waited = OrOutOfMemory([&] {
    return WaitForReadable(*waitable, std::min(deadline, look_at), stop);
  });
  const bool is_early = absl::IsDeadlineExceeded(waited) && look_at < deadline;
  return is_early ? absl::OkStatus() : waited;
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
