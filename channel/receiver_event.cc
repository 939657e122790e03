#include "ipc_channel/channel/receiver_event.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel {

std::span<const std::byte> ReceiverEvent::bytes() const {
  if (!has_message_ || !Is<Bytes>()) return {};
  return message_.payload();
}

absl::Status ReceiverEvent::CheckReadable(std::uint64_t fingerprint) const {
  if (!status_.ok()) return status_;
  return transport::OrOutOfMemory([&] {
    if (!has_message_) {
      return absl::FailedPreconditionError("the event has no message any more");
    }
    if (fingerprint_ != fingerprint) {
      return absl::InvalidArgumentError(
          "the event is of a channel of another type");
    }
    return absl::OkStatus();
  });
}

}  // namespace ipc_channel
