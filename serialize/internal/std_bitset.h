#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_BITSET_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_BITSET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <bitset>
#include <cstddef>
#include <cstdint>

#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

// Eight bits to the byte, the lowest first; those of the last byte that are
// beyond the set are 0.
template <std::size_t kBits>
struct SerializeTraits<std::bitset<kBits>> {
  static constexpr std::size_t kMinWireSize = (kBits + 7) / 8;
  static constexpr void Describe(Schema& schema) {
    schema.Text("[bit;");
    schema.Number(kBits);
    schema.Text("]");
  }
  template <class Out>
  static void Write(Out& out, const std::bitset<kBits>& bits) {
    internal::WriteFixed(out, kMinWireSize,
                         [&bits](std::byte* room) { Put(room, bits); });
  }
  static std::byte* Put(std::byte* to, const std::bitset<kBits>& bits) {
    for (std::size_t i = 0; i < kBits; i += 8) {
      std::uint8_t byte = 0;
      for (std::size_t j = i; j < kBits && j < i + 8; ++j) {
        byte = static_cast<std::uint8_t>(byte | (bits[j] ? 1 << (j - i) : 0));
      }
      to = internal::PutScalar(to, byte);
    }
    return to;
  }
  static bool Read(Reader& in, std::bitset<kBits>& bits) {
    for (std::size_t i = 0; i < kBits; i += 8) {
      std::uint8_t byte;
      if (!in.Read(byte)) return false;
      for (std::size_t j = i; j < kBits && j < i + 8; ++j) {
        bits[j] = (byte >> (j - i) & 1) != 0;
      }
      if (kBits - i < 8 && byte >> (kBits - i) != 0) {
        return in.Fail("a bit beyond the end of a set of bits");
      }
    }
    return true;
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_BITSET_H_
