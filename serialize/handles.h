#ifndef IPC_CHANNEL_SERIALIZE_HANDLES_H_
#define IPC_CHANNEL_SERIALIZE_HANDLES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>

// Handles travel beside the bytes of a message, in a table; the bytes name them
// by index. The two classes below are that table as this module sees it. Their
// implementations are thread-compatible and serve one message each.

namespace ipc_channel::serialize {

// The vocabulary of the table's owner; this module only passes it through.
using HandleKind = std::uint32_t;

// What a handle takes in the bytes: its index.
inline constexpr std::size_t kHandleWireSize = sizeof(std::uint32_t);

class HandleSink {
 public:
  virtual ~HandleSink() = default;

  // Records that the value being written owns the handle object at `address`,
  // whose type goes with `kind`; returns its index in the message's table.
  // Borrows only: taking the handle away is for after a successful send, and
  // `address` is valid as long as the value is neither changed nor moved.
  virtual std::uint32_t Lend(HandleKind kind, const void* address) = 0;
};

class HandleSource {
 public:
  virtual ~HandleSource() = default;

  // Moves table entry `index` into `*out`, an object of the type that goes with
  // `kind`, and returns true. Returns false and leaves `*out` alone if there is
  // no such entry, it is of another kind, or it was claimed before. `index`
  // comes from the peer and may be anything.
  virtual bool Claim(HandleKind kind, std::uint32_t index, void* out) = 0;
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_HANDLES_H_
