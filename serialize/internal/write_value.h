#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_WRITE_VALUE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_WRITE_VALUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <iterator>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/traits.h"

// Writing by category, the same for measuring and for storing: `Out` is Sizer
// or Writer (writer.h).

namespace ipc_channel::serialize::internal {

// Opens the private parts of Sizer and Writer to the functions below.
struct Access {
  template <class Out>
  static constexpr bool kOnlyMeasures = Out::kOnlyMeasures;
  template <class Out>
  static void Skip(Out& out, std::size_t size) {
    out.Skip(size);
  }
  template <class Out>
  static std::byte* Take(Out& out, std::size_t size) {
    return out.Take(size);
  }
};

template <class Out, class T>
void WriteValue(Out& out, const T& value);

// Lets `put` fill room for `size` bytes.
template <class Out, class F>
void WriteFixed(Out& out, std::size_t size, F&& put) {
  if constexpr (Access::kOnlyMeasures<Out>) {
    Access::Skip(out, size);
  } else {
    std::byte* const room = Access::Take(out, size);
    if (room != nullptr) put(room);
  }
}

// Writes `count` values that lie one after another in memory.
template <class Out, class T>
void WriteElements(Out& out, const T* elements, std::size_t count) {
  if constexpr (kLayout<T>.is_fixed) {
    WriteFixed(out, count * kLayout<T>.min_size,
               [&](std::byte* room) { PutElements(room, elements, count); });
  } else {
    for (std::size_t i = 0; i < count; ++i) WriteValue(out, elements[i]);
  }
}

// For FieldsOf<T>::Visit().
template <class Out>
struct FieldWriter {
  template <class F>
  bool operator()(const F& field, std::size_t) const {
    WriteValue(out, field);
    return true;
  }

  Out& out;
};

// Called by a hook with its fields.
template <class Out>
struct HookWriter {
  template <class... Fs>
  bool operator()(const Fs&... fields) const {
    constexpr Layout kFields = LayoutOfFields(TypeList<Fs...>());
    if constexpr (kFields.is_fixed) {
      WriteFixed(out, kFields.min_size, [&](std::byte* room) {
        ((room = PutValue(room, fields)), ...);
      });
    } else {
      (WriteValue(out, fields), ...);
    }
    return true;
  }

  Out& out;
};

template <class Out, class T>
void WriteValue(Out& out, const T& value) {
  constexpr Category kKind = kCategory<T>;
  if constexpr (kLayout<T>.is_fixed) {
    WriteFixed(out, kLayout<T>.min_size,
               [&value](std::byte* room) { PutValue(room, value); });
  } else if constexpr (kKind == Category::kArray) {
    WriteElements(out, std::data(value), ArrayShape<T>::kSize);
  } else if constexpr (kKind == Category::kTraits) {
    SerializeTraits<T>::Write(out, value);
  } else if constexpr (kKind == Category::kHook) {
    VisitHook(value, HookWriter<Out>{out});
  } else if constexpr (kIsProduct<T>) {
    FieldWriter<Out> write{out};
    FieldsOf<T>::Visit(value, write);
  } else {
    static_assert(kIsKnown<T>,
                  "ipc_channel: this type cannot be serialized, or its "
                  "SerializeTraits are not included here; std_types.h has "
                  "those of the standard types.");
  }
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_WRITE_VALUE_H_
