#ifndef IPC_CHANNEL_CHANNEL_SHARED_MEMORY_H_
#define IPC_CHANNEL_CHANNEL_SHARED_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel {

// Immutable memory as a field of a message: nothing is copied, every receiver
// maps the same pages. Sending shares it.
using SharedMemory = transport::SharedMemory;

template <>
struct serialize::SerializeTraits<SharedMemory> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending = false;
  static constexpr HandleKind kKind =
      ipc_channel::internal::WireKind(transport::HandleKind::kSharedMemory);

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.SharedMemory");
  }
  template <class Out>
  static void Write(Out& out, const SharedMemory& value) {
    out.LendHandle(kKind, &value);
  }
  static bool Read(Reader& in, SharedMemory& value) {
    return in.ClaimHandle(kKind, &value);
  }
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_SHARED_MEMORY_H_
