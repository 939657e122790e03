#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_LAYOUT_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_LAYOUT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <bit>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/traits.h"

// What is known about the encoding of a type before any value is.

namespace ipc_channel::serialize::internal {

static_assert(std::endian::native == std::endian::little ||
                  std::endian::native == std::endian::big,
              "ipc_channel knows little-endian and big-endian machines.");

inline constexpr bool kIsLittleEndian =
    std::endian::native == std::endian::little;

struct Layout {
  // The fewest bytes any value takes.
  std::size_t min_size = 0;
  // Every value takes min_size bytes, and the code that writes and reads them
  // is all of this module.
  bool is_fixed = false;
  // The object in memory is its own encoding and any bytes are a valid object.
  bool is_bitwise = false;
  // What an empty object has allocated already, which the reader pays for
  // before it makes one.
  std::size_t hidden_size = 0;

  // Adds a field behind those that are there.
  constexpr void Add(const Layout& field) {
    min_size += field.min_size;
    is_fixed &= field.is_fixed;
    is_bitwise &= field.is_bitwise;
    hidden_size += field.hidden_size;
  }
};

template <class E>
concept HasValidator = std::is_enum_v<E> && requires(E e) {
  { IsValidEnum(e) } -> std::same_as<bool>;
};

template <class T>
constexpr Layout LayoutOf();

template <class T>
inline constexpr Layout kLayout = LayoutOf<T>();

template <class... Ts>
constexpr Layout LayoutOfFields(TypeList<Ts...>) {
  Layout layout = {.is_fixed = true, .is_bitwise = true};
  (layout.Add(kLayout<std::remove_const_t<Ts>>), ...);
  return layout;
}

template <class T>
constexpr Layout LayoutOfProduct() {
  Layout layout = LayoutOfFields(FieldTypes<T>());
  // A hook may list its fields in any order, and is not ours to trust with
  // giving the same ones each time.
  layout.is_fixed = layout.is_fixed && kCategory<T> != Category::kHook;
  layout.is_bitwise =
      layout.is_bitwise && kCategory<T> == Category::kAggregate &&
      std::is_trivially_copyable_v<T> && layout.min_size == sizeof(T);
  return layout;
}

template <class T>
constexpr Layout LayoutOfArray() {
  using Shape = ArrayShape<T>;
  Layout layout = kLayout<typename Shape::Element>;
  layout.min_size *= Shape::kSize;
  layout.hidden_size *= Shape::kSize;
  layout.is_bitwise = layout.is_bitwise && Shape::kSize != 0;
  return layout;
}

template <class T>
constexpr Layout LayoutOfEnum() {
  Layout layout = kLayout<std::underlying_type_t<T>>;
  layout.is_bitwise = layout.is_bitwise && !HasValidator<T>;
  return layout;
}

template <class T>
constexpr std::size_t MinSizeOfTraits() {
  if constexpr (requires { SerializeTraits<T>::kMinWireSize; }) {
    return SerializeTraits<T>::kMinWireSize;
  } else {
    return 0;
  }
}

template <class T>
constexpr std::size_t HiddenSizeOfTraits() {
  if constexpr (requires { SerializeTraits<T>::kHiddenSize; }) {
    return SerializeTraits<T>::kHiddenSize;
  } else {
    return 0;
  }
}

template <class T>
constexpr Layout LayoutOf() {
  constexpr Category kKind = kCategory<T>;
  if constexpr (kKind == Category::kBool) {
    return {.min_size = 1, .is_fixed = true};
  } else if constexpr (kKind == Category::kScalar) {
    return {.min_size = sizeof(T),
            .is_fixed = true,
            .is_bitwise = kIsLittleEndian || sizeof(T) == 1};
  } else if constexpr (kKind == Category::kEnum) {
    return LayoutOfEnum<T>();
  } else if constexpr (kKind == Category::kArray) {
    return LayoutOfArray<T>();
  } else if constexpr (kIsProduct<T>) {
    return LayoutOfProduct<T>();
  } else {
    return {.min_size = MinSizeOfTraits<T>(),
            .hidden_size = HiddenSizeOfTraits<T>()};
  }
}

// What an empty object takes of memory.
template <class T>
inline constexpr std::size_t kObjectSize = sizeof(T) + kLayout<T>.hidden_size;

// What an allocation costs beside the object, about.
inline constexpr std::size_t kAllocationOverhead = 16;

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_LAYOUT_H_
