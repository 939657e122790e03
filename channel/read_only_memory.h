#ifndef IPC_CHANNEL_CHANNEL_READ_ONLY_MEMORY_H_
#define IPC_CHANNEL_CHANNEL_READ_ONLY_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "ipc_channel/channel/internal/handle_lender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/read_only_memory.h"

namespace ipc_channel {

// Memory that its maker writes and every receiver only reads, as a field of a
// message: all map the same pages. Sending shares it, read-only. What is read
// can change as long as the writer lives (transport/read_only_memory.h).
using ReadOnlyMemory = transport::ReadOnlyMemory;

// What makes it: `{writer, memory}`. The writer stays in this process.
using transport::CreateReadOnlyMemory;
using transport::MemoryWriter;
using transport::WriterAndMemory;

template <>
struct serialize::SerializeTraits<ReadOnlyMemory> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending = false;
  static constexpr HandleKind kKind =
      ipc_channel::internal::WireKind(transport::HandleKind::kReadOnlyMemory);

  static constexpr void Describe(Schema& schema) {
    schema.Name("ipc_channel.ReadOnlyMemory");
  }
  template <class Out>
  static void Write(Out& out, const ReadOnlyMemory& value) {
    out.LendHandle(kKind, &value);
  }
  static bool Read(Reader& in, ReadOnlyMemory& value) {
    return in.ClaimHandle(kKind, &value);
  }
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_READ_ONLY_MEMORY_H_
