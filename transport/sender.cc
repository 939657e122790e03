#include "ipc_channel/transport/sender.h"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/payload.h"

namespace ipc_channel::transport {

absl::Status Sender::Send(const Payload& payload,
                          std::span<const HandleRef> handles,
                          absl::Time deadline) const {
  if (lane_ == nullptr) {
    return OrOutOfMemory(
        [] { return absl::FailedPreconditionError("the sender is empty"); });
  }
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

}  // namespace ipc_channel::transport
