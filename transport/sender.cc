#include "ipc_channel/transport/sender.h"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

absl::Status EmptySender() {
  return OrOutOfMemory(
      [] { return absl::FailedPreconditionError("the sender is empty"); });
}

}  // namespace

absl::Status Sender::Send(const Payload& payload,
                          std::span<const HandleRef> handles,
                          absl::Time deadline) const {
  if (lane_ == nullptr) return EmptySender();
  // This sender may be one of the handles, and gone before the lane is done.
  const std::shared_ptr<SenderLane> kept = handles.empty() ? nullptr : lane_;
  SenderLane& lane = *lane_;
  return OrOutOfMemory([&] { return lane.Send(payload, handles, deadline); });
}

absl::Status Sender::Send(std::span<const std::byte> payload,
                          std::span<const HandleRef> handles,
                          absl::Time deadline) const {
  return Send(Payload(payload), handles, deadline);
}

absl::Status Sender::Send(std::span<const std::byte> payload,
                          std::initializer_list<HandleRef> handles,
                          absl::Time deadline) const {
  return Send(payload,
              std::span<const HandleRef>(handles.begin(), handles.size()),
              deadline);
}

absl::Status Sender::Send(std::span<const std::byte> payload,
                          absl::Time deadline) const {
  return Send(payload, std::span<const HandleRef>(), deadline);
}

absl::StatusOr<BorrowedFd> Sender::waitable() const {
  if (lane_ == nullptr) return EmptySender();
  return OrOutOfMemory([&] { return lane_->Waitable(); });
}

Interest Sender::interest() const {
  return lane_ == nullptr ? Interest::kWritable : lane_->interest();
}

absl::Time Sender::deadline() const {
  return lane_ == nullptr ? absl::InfinitePast() : lane_->Deadline();
}

}  // namespace ipc_channel::transport
