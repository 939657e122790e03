#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_INT128_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_INT128_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>

#include "absl/numeric/int128.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {
namespace internal {

// 16 bytes, two's complement.
template <class Int>
struct Int128Traits {
  static constexpr std::size_t kMinWireSize = 16;

  template <class Out>
  static void Write(Out& out, const Int& number) {
    WriteFixed(out, kMinWireSize,
               [&number](std::byte* room) { Put(room, number); });
  }
  static std::byte* Put(std::byte* to, const Int& number) {
    const absl::uint128 bits(number);
    to = PutScalar(to, absl::Uint128Low64(bits));
    return PutScalar(to, absl::Uint128High64(bits));
  }
  static bool Read(Reader& in, Int& number) {
    std::uint64_t low;
    std::uint64_t high;
    if (!in.Read(low) || !in.Read(high)) return false;
    number = static_cast<Int>(absl::MakeUint128(high, low));
    return true;
  }
};

}  // namespace internal

template <>
struct SerializeTraits<absl::uint128> : internal::Int128Traits<absl::uint128> {
  static constexpr void Describe(Schema& schema) { schema.Text("u128"); }
};

template <>
struct SerializeTraits<absl::int128> : internal::Int128Traits<absl::int128> {
  static constexpr void Describe(Schema& schema) { schema.Text("i128"); }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_INT128_H_
