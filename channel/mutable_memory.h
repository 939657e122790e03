#ifndef IPC_CHANNEL_CHANNEL_MUTABLE_MEMORY_H_
#define IPC_CHANNEL_CHANNEL_MUTABLE_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mutable_memory.h"

namespace ipc_channel {

// Memory that every holder reads and writes, as a field of a message: every
// receiver maps the same pages. Sending shares it. Nothing read from it stays
// true (transport/mutable_memory.h).
using MutableMemory = transport::MutableMemory;

template <>
struct serialize::SerializeTraits<MutableMemory> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending = false;
  static constexpr HandleKind kKind =
      ipc_channel::internal::WireKind(transport::HandleKind::kMutableMemory);

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.MutableMemory");
  }
  template <class Out>
  static void Write(Out& out, const MutableMemory& value) {
    out.LendHandle(kKind, &value);
  }
  static bool Read(Reader& in, MutableMemory& value) {
    return in.ClaimHandle(kKind, &value);
  }
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_MUTABLE_MEMORY_H_
