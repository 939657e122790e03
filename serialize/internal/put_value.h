#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_PUT_VALUE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_PUT_VALUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <type_traits>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/traits.h"

// Writing into room that is known to suffice: for values that were measured,
// and whose measuring and writing is all this module's code (Summary::is_own),
// so that the two cannot differ. Each function gives the place behind what it
// wrote. The place is passed along by value and not kept in an object: what is
// stored could alias that, and the compiler would load it anew for each field.
//
// Values of fixed layout can be put in constant expressions.

namespace ipc_channel::serialize::internal {

template <class T>
constexpr std::byte* PutValue(std::byte* to, const T& value);

inline std::byte* PutBytes(std::byte* to, const void* data, std::size_t size) {
  if (size != 0) std::memcpy(to, data, size);
  return to + size;
}

// Puts an object as it lies in memory, without padding.
template <class T>
constexpr std::byte* PutObject(std::byte* to, const T& value) {
  if (std::is_constant_evaluated()) {
    const auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
    std::copy(bytes.begin(), bytes.end(), to);
  } else {
    std::memcpy(to, std::addressof(value), sizeof(T));
  }
  return to + sizeof(T);
}

template <class T>
constexpr std::byte* PutScalar(std::byte* to, T value) {
  std::byte* const end = PutObject(to, value);
  if constexpr (!kIsLittleEndian) std::reverse(to, end);
  return end;
}

// `count` was found to fit when the value was measured.
inline std::byte* PutCount(std::byte* to, std::size_t count) {
  return PutScalar(to, static_cast<std::uint32_t>(count));
}

// Puts `count` values that lie one after another in memory.
template <class T>
constexpr std::byte* PutElements(std::byte* to, const T* elements,
                                 std::size_t count) {
  if constexpr (kLayout<T>.is_bitwise) {
    if (!std::is_constant_evaluated()) {
      return PutBytes(to, elements, count * sizeof(T));
    }
  }
  for (std::size_t i = 0; i < count; ++i) to = PutValue(to, elements[i]);
  return to;
}

// For FieldsOf<T>::Visit().
struct FieldPutter {
  template <class F>
  constexpr bool operator()(const F& field, std::size_t) {
    to = PutValue(to, field);
    return true;
  }

  std::byte* to;
};

template <class T>
constexpr std::byte* PutValue(std::byte* to, const T& value) {
  constexpr Category kKind = kCategory<T>;
  if constexpr (kKind == Category::kScalar) {
    return PutScalar(to, value);
  } else if constexpr (kKind != Category::kArray && kLayout<T>.is_bitwise) {
    return PutObject(to, value);
  } else if constexpr (kKind == Category::kBool) {
    return PutScalar(to, static_cast<std::uint8_t>(value ? 1 : 0));
  } else if constexpr (kKind == Category::kEnum) {
    return PutScalar(to, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (kKind == Category::kArray) {
    if constexpr (ArrayShape<T>::kSize == 0) {
      return to;
    } else {
      return PutElements(to, std::data(value), ArrayShape<T>::kSize);
    }
  } else if constexpr (kKind == Category::kTraits) {
    return SerializeTraits<T>::Put(to, value);
  } else {
    FieldPutter put{to};
    FieldsOf<T>::Visit(value, put);
    return put.to;
  }
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_PUT_VALUE_H_
