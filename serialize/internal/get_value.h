#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_GET_VALUE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_GET_VALUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <type_traits>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/read_failure.h"

// Reading values of fixed layout whose bytes are known to be present: what they
// say is checked all the same. Each function gives the place behind what it
// read, and null when it failed. As in put_value.h, the place is passed along
// by value.

namespace ipc_channel::serialize::internal {

template <class T>
const std::byte* GetValue(const std::byte* from, T& value,
                          ReadFailure& failure);

inline const std::byte* GetBytes(const std::byte* from, void* data,
                                 std::size_t size) {
  if (size != 0) std::memcpy(data, from, size);
  return from + size;
}

template <class T>
const std::byte* GetScalar(const std::byte* from, T& value) {
  std::memcpy(&value, from, sizeof(T));
  if constexpr (!kIsLittleEndian) {
    auto* const bytes = reinterpret_cast<std::byte*>(&value);
    std::reverse(bytes, bytes + sizeof(T));
  }
  return from + sizeof(T);
}

inline const std::byte* GetBool(const std::byte* from, bool& value,
                                ReadFailure& failure) {
  const auto byte = std::to_integer<unsigned>(*from);
  if (byte > 1) [[unlikely]] {
    failure.Set(from + 1, "a bool that is neither 0 nor 1");
    return nullptr;
  }
  value = byte != 0;
  return from + 1;
}

template <class E>
const std::byte* GetEnum(const std::byte* from, E& value,
                         ReadFailure& failure) {
  std::underlying_type_t<E> number{};
  from = GetValue(from, number, failure);
  if constexpr (std::is_same_v<decltype(number), bool>) {
    if (from == nullptr) return nullptr;
  }
  value = static_cast<E>(number);
  if constexpr (HasValidator<E>) {
    if (!IsValidEnum(value)) [[unlikely]] {
      failure.Set(from, "not a value of the enum");
      return nullptr;
    }
  }
  return from;
}

// Reads `count` values to where they lie one after another in memory.
template <class T>
const std::byte* GetElements(const std::byte* from, T* elements,
                             std::size_t count, ReadFailure& failure) {
  if constexpr (kLayout<T>.is_bitwise) {
    return GetBytes(from, elements, count * sizeof(T));
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      from = GetValue(from, elements[i], failure);
      if (from == nullptr) [[unlikely]] {
        failure.InElement(i);
        return nullptr;
      }
    }
    return from;
  }
}

// For FieldsOf<T>::Visit().
struct FieldGetter {
  template <class F>
  bool operator()(F& field, std::size_t index) {
    from = GetValue(from, field, failure);
    if (from != nullptr) [[likely]] {
      return true;
    }
    failure.InField(index);
    return false;
  }

  const std::byte* from;
  ReadFailure& failure;
};

template <class T>
const std::byte* GetValue(const std::byte* from, T& value,
                          ReadFailure& failure) {
  constexpr Category kKind = kCategory<T>;
  static_assert(kLayout<T>.is_fixed);
  if constexpr (kKind == Category::kScalar) {
    return GetScalar(from, value);
  } else if constexpr (kLayout<T>.is_bitwise) {
    std::memcpy(static_cast<void*>(std::addressof(value)), from, sizeof(value));
    return from + sizeof(value);
  } else if constexpr (kKind == Category::kBool) {
    return GetBool(from, value, failure);
  } else if constexpr (kKind == Category::kEnum) {
    return GetEnum(from, value, failure);
  } else if constexpr (kKind == Category::kArray) {
    if constexpr (ArrayShape<T>::kSize == 0) {
      return from;
    } else {
      return GetElements(from, std::data(value), ArrayShape<T>::kSize, failure);
    }
  } else {
    FieldGetter get{from, failure};
    FieldsOf<T>::Visit(value, get);
    return get.from;
  }
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_GET_VALUE_H_
