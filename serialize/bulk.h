#ifndef IPC_CHANNEL_SERIALIZE_BULK_H_
#define IPC_CHANNEL_SERIALIZE_BULK_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/serializable.h"
#include "ipc_channel/serialize/traits.h"

// Values that need not be copied to be encoded: strings, vectors, string views
// and spans of elements whose memory is their encoding. For senders that take
// bytes from two places.

namespace ipc_channel::serialize {
namespace internal {

// Traits of sequences whose encoding is the number of elements and then the
// elements, which lie one after another in memory. Traits that inherit theirs
// may write otherwise and are none.
template <class T>
concept IsRun = HasPut<T> && SerializeTraits<T>::kIsRun;

template <class T>
consteval bool IsBulk() {
  if constexpr (Serializable<T> && IsRun<T>) {
    using Element =
        std::remove_cvref_t<decltype(*std::data(std::declval<const T&>()))>;
    return kLayout<Element>.is_bitwise;
  }
  return false;
}

}  // namespace internal

template <class T>
inline constexpr bool kIsBulk = internal::IsBulk<T>();

// The encoding of such a value: `head`, then `body`, which is the value's own
// memory and valid while that stays as it is.
struct BulkEncoding {
  std::array<std::byte, sizeof(std::uint64_t) + sizeof(std::uint32_t)> head;
  std::span<const std::byte> body;
};

// The same bytes as Encode() gives. OUT_OF_RANGE for more than 2^32 - 1
// elements. Thread-safe as long as nobody changes the value meanwhile.
template <class T>
requires kIsBulk<T> absl::StatusOr<BulkEncoding> EncodeBulk(const T& value) {
  const auto elements = std::span(std::data(value), std::size(value));
  if (elements.size() > std::numeric_limits<std::uint32_t>::max()) {
    return absl::OutOfRangeError("more than 2^32 - 1 elements");
  }
  BulkEncoding encoding;
  internal::PutCount(
      internal::PutScalar(encoding.head.data(), Fingerprint<T>()),
      elements.size());
  encoding.body = std::as_bytes(elements);
  return encoding;
}

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_BULK_H_
