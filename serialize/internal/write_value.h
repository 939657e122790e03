#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_WRITE_VALUE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_WRITE_VALUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/traits.h"

// Writing by category, the same for measuring and for storing.

namespace ipc_channel::serialize::internal {

// Opens the private parts of Sizer and Writer to the functions below.
struct Access {
  template <class Out>
  static constexpr bool kOnlyMeasures = Out::kOnlyMeasures;
  template <class Out>
  static constexpr bool kChecksRoom = Out::kChecksRoom;
  template <class Out>
  static void Skip(Out& out, std::size_t size) {
    out.Skip(size);
  }
  template <class Out>
  static std::byte* Take(Out& out, std::size_t size) {
    return out.Take(size);
  }
};

// Stores into room that has been taken: for encodings of fixed size only.
class FixedWriter {
 public:
  explicit FixedWriter(std::byte* cursor) : cursor_(cursor) {}

 private:
  friend struct Access;
  static constexpr bool kOnlyMeasures = false;
  static constexpr bool kChecksRoom = false;

  std::byte* Take(std::size_t size) {
    std::byte* const taken = cursor_;
    cursor_ += size;
    return taken;
  }

  std::byte* cursor_;
};

template <class Out, class T>
void WriteValue(Out& out, const T& value);

template <class Out>
void Store(Out& out, const void* data, std::size_t size) {
  if (std::byte* const to = Access::Take(out, size); to != nullptr) {
    std::memcpy(to, data, size);
  }
}

template <class Out, class T>
void StoreScalar(Out& out, T value) {
  std::byte* const to = Access::Take(out, sizeof(T));
  if (to == nullptr) return;
  std::memcpy(to, &value, sizeof(T));
  if constexpr (!kIsLittleEndian) std::reverse(to, to + sizeof(T));
}

// Calls `write` with a writer that has room for values of `kFixedSize` bytes.
template <std::size_t kFixedSize, class Out, class F>
void WithRoom(Out& out, F&& write) {
  if constexpr (Access::kChecksRoom<Out>) {
    std::byte* const room = Access::Take(out, kFixedSize);
    if (room == nullptr) return;
    FixedWriter fixed(room);
    write(fixed);
  } else {
    write(out);
  }
}

template <class Out, class T>
void WriteProduct(Out& out, const T& value) {
  VisitFields(value, [&out](const auto&... fields) {
    constexpr Layout kFields =
        LayoutOfFields(TypeList<std::remove_cvref_t<decltype(fields)>...>());
    if constexpr (sizeof...(fields) == 0) {
      (void)out;
    } else if constexpr (kFields.is_fixed && Access::kOnlyMeasures<Out>) {
      Access::Skip(out, kFields.min_size);
    } else if constexpr (kFields.is_fixed) {
      WithRoom<kFields.min_size>(
          out, [&](auto& fixed) { (WriteValue(fixed, fields), ...); });
    } else {
      (WriteValue(out, fields), ...);
    }
    return true;
  });
}

// Writes `count` values that lie one after another in memory.
template <class Out, class T>
void WriteElements(Out& out, const T* elements, std::size_t count) {
  constexpr Layout kElement = kLayout<T>;
  if constexpr (Access::kOnlyMeasures<Out> && kElement.is_fixed) {
    Access::Skip(out, count * kElement.min_size);
  } else if constexpr (kElement.is_bitwise) {
    if (count != 0) Store(out, elements, count * sizeof(T));
  } else {
    for (std::size_t i = 0; i < count; ++i) WriteValue(out, elements[i]);
  }
}

template <class Out, class T>
void WriteArray(Out& out, const T& array) {
  using Shape = ArrayShape<T>;
  if constexpr (Shape::kSize == 0) {
    return;
  } else if constexpr (kLayout<T>.is_fixed && Access::kChecksRoom<Out>) {
    WithRoom<kLayout<T>.min_size>(out, [&array](auto& fixed) {
      WriteElements(fixed, std::data(array), Shape::kSize);
    });
  } else {
    WriteElements(out, std::data(array), Shape::kSize);
  }
}

template <class Out, class T>
void WriteValue(Out& out, const T& value) {
  constexpr Category kKind = kCategory<T>;
  if constexpr (Access::kOnlyMeasures<Out> && kLayout<T>.is_fixed) {
    Access::Skip(out, kLayout<T>.min_size);
  } else if constexpr (kKind == Category::kScalar) {
    StoreScalar(out, value);
  } else if constexpr (kLayout<T>.is_bitwise) {
    Store(out, &value, sizeof(value));
  } else if constexpr (kKind == Category::kBool) {
    StoreScalar(out, static_cast<std::uint8_t>(value ? 1 : 0));
  } else if constexpr (kKind == Category::kEnum) {
    WriteValue(out, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (kKind == Category::kArray) {
    WriteArray(out, value);
  } else if constexpr (kKind == Category::kTraits) {
    SerializeTraits<T>::Write(out, value);
  } else if constexpr (kIsProduct<T>) {
    WriteProduct(out, value);
  }
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_WRITE_VALUE_H_
