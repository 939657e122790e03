#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_PUT_VALUE_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_PUT_VALUE_H_

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::internal {

// Makes `value` the content of `message`, as if that had come over a channel:
// what a receiver's lane does that receives from something else. Takes every
// handle out of `value`. RESOURCE_EXHAUSTED without memory.
template <class T>
absl::Status PutValue(T& value, transport::Message& message) {
  std::size_t used = 0;
  HandleLender lender(Lending::kMove);
  const auto reserve =
      [&](std::size_t size) -> absl::StatusOr<std::span<std::byte>> {
    used = size;
    const std::span<std::byte> room = message.Buffer(size);
    if (room.size() < size) return transport::OutOfMemoryError();
    return room;
  };
  absl::Status encoded = serialize::EncodeInto(value, reserve, &lender);
  if (!encoded.ok()) return encoded;
  message.SetInlinePayload(0, used);
  message.handles().reserve(lender.handles().size());
  for (const transport::HandleRef& handle : lender.handles()) {
    message.handles().push_back(handle.Take());
  }
  return absl::OkStatus();
}

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_PUT_VALUE_H_
