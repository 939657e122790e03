#include "ipc_channel/transport/status.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace ipc_channel::transport {
namespace {

constexpr char kFullPayloadUrl[] = "ipc_channel/transport.QueueFull";

absl::Status MakeFullError() {
  absl::Status status = absl::ResourceExhaustedError("the channel is full");
  status.SetPayload(kFullPayloadUrl, absl::Cord());
  return status;
}

}  // namespace

bool IsDisconnected(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable;
}

bool IsFull(const absl::Status& status) {
  return status.code() == absl::StatusCode::kResourceExhausted &&
         status.GetPayload(kFullPayloadUrl).has_value();
}

absl::Status DisconnectedError(std::string_view message) {
  return absl::UnavailableError(
      absl::string_view(message.data(), message.size()));
}

absl::Status FullError() {
  // Copies share their text: whoever tries again and again allocates nothing.
  // Never destroyed: others may still send when this would be.
  static const absl::Status& full = *new absl::Status(MakeFullError());
  return full;
}

}  // namespace ipc_channel::transport
