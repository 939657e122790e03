#include "ipc_channel/channel/bytes.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::internal {

absl::Status CheckBytes(transport::Message& message) {
  if (message.handles().empty()) return absl::OkStatus();
  message.Clear();
  return transport::OrOutOfMemory([] {
    return absl::DataLossError("bytes came with handles, which they never do");
  });
}

template <>
absl::StatusOr<Bytes> DecodeValue<Bytes>(
    transport::Message& message, const serialize::DecodeLimits& /*limits*/) {
  const absl::Cleanup clear = [&message] { message.Clear(); };
  absl::Status checked = CheckBytes(message);
  if (!checked.ok()) return checked;
  absl::StatusOr<transport::Message> payload = message.TakePayload();
  if (!payload.ok()) return payload.status();
  return Bytes(*std::move(payload));
}

}  // namespace ipc_channel::internal
