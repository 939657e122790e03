#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_CORD_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_CORD_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/read_value.h"
#include "ipc_channel/serialize/internal/std_sequence.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

// Encoded like a std::string of the same characters.
template <>
struct SerializeTraits<absl::Cord> {
  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<char>(schema);
  }
  template <class Out>
  static void Write(Out& out, const absl::Cord& cord) {
    out.WriteCount(cord.size());
    for (const absl::string_view chunk : cord.Chunks()) {
      out.WriteBytes(chunk.data(), chunk.size());
    }
  }
  static std::byte* Put(std::byte* to, const absl::Cord& cord) {
    to = internal::PutCount(to, cord.size());
    for (const absl::string_view chunk : cord.Chunks()) {
      to = internal::PutBytes(to, chunk.data(), chunk.size());
    }
    return to;
  }
  static bool Read(Reader& in, absl::Cord& cord) {
    std::uint32_t size;
    if (!in.ReadCount<char>(size)) return false;
    if (!in.Charge(kNodeSize + size / 64)) return false;
    const std::byte* const from = internal::ReadAccess::Take(in, size);
    cord = absl::string_view(reinterpret_cast<const char*>(from), size);
    return true;
  }

 private:
  // What its tree costs, about: a node, and one for every few thousand bytes.
  static constexpr std::size_t kNodeSize = 64;
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_CORD_H_
