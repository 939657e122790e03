#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_READ_VALUE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_READ_VALUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <type_traits>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/traits.h"

// Reading by category. kChecked = false is for encodings of fixed size whose
// bytes are known to be present; their values are checked all the same.

namespace ipc_channel::serialize::internal {

// Opens the private parts of Reader to the functions below.
struct ReadAccess {
  template <bool kChecked, class In>
  static const std::byte* Take(In& in, std::size_t size) {
    if constexpr (kChecked) {
      return in.Take(size);
    } else {
      return in.TakeUnchecked(size);
    }
  }
};

template <bool kChecked, class In, class T>
bool ReadValue(In& in, T& value);

template <bool kChecked, class In>
bool Load(In& in, void* data, std::size_t size) {
  const std::byte* const from = ReadAccess::Take<kChecked>(in, size);
  if constexpr (kChecked) {
    if (from == nullptr) return false;
  }
  std::memcpy(data, from, size);
  return true;
}

template <bool kChecked, class In, class T>
bool LoadScalar(In& in, T& value) {
  if (!Load<kChecked>(in, &value, sizeof(T))) return false;
  if constexpr (!kIsLittleEndian) {
    auto* const bytes = reinterpret_cast<std::byte*>(&value);
    std::reverse(bytes, bytes + sizeof(T));
  }
  return true;
}

template <bool kChecked, class In>
bool ReadBool(In& in, bool& value) {
  std::uint8_t byte;
  if (!LoadScalar<kChecked>(in, byte)) return false;
  if (byte > 1) return in.Fail("a bool that is neither 0 nor 1");
  value = byte != 0;
  return true;
}

template <bool kChecked, class In, class E>
bool ReadEnum(In& in, E& value) {
  std::underlying_type_t<E> number{};
  if (!ReadValue<kChecked>(in, number)) return false;
  value = static_cast<E>(number);
  if constexpr (HasValidator<E>) {
    if (!IsValidEnum(value)) return in.Fail("not a value of the enum");
  }
  return true;
}

template <bool kChecked, class In, class T>
bool ReadField(In& in, T& field, std::size_t index) {
  return ReadValue<kChecked>(in, field) || in.FailedInField(index);
}

// For FieldsOf<T>::Visit().
template <bool kChecked, class In>
struct FieldReader {
  template <class F>
  bool operator()(F& field, std::size_t index) const {
    return ReadField<kChecked>(in, field, index);
  }

  In& in;
};

// Called by a hook with its fields.
template <bool kChecked, class In>
struct HookReader {
  template <class... Fs>
  bool operator()(Fs&... fields) const {
    constexpr Layout kFields = LayoutOfFields(TypeList<Fs...>());
    constexpr bool kCheckOnce = kChecked && kFields.is_fixed;
    if constexpr (kCheckOnce) {
      if (in.remaining() < kFields.min_size) {
        return in.Fail("the message ends too early");
      }
    }
    FieldReader<kChecked && !kCheckOnce, In> read{in};
    return VisitAll(read, fields...);
  }

  In& in;
};

// Reads `count` values to where they lie one after another in memory.
template <bool kChecked, class In, class T>
bool ReadElements(In& in, T* elements, std::size_t count) {
  constexpr Layout kElement = kLayout<T>;
  if constexpr (kChecked && kElement.is_fixed && kElement.min_size != 0) {
    if (count > in.remaining() / kElement.min_size) {
      return in.Fail("the message ends too early");
    }
  }
  constexpr bool kCheckEach = kChecked && !kElement.is_fixed;
  if constexpr (kElement.is_bitwise) {
    return count == 0 ||
           Load<false>(in, static_cast<void*>(elements), count * sizeof(T));
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      if (!ReadValue<kCheckEach>(in, elements[i])) {
        return in.FailedInElement(i);
      }
    }
    return true;
  }
}

// Fills an empty string or vector with `count` elements, which if their size is
// fixed are known to be present.
template <class In, class Sequence>
bool ReadSequence(In& in, Sequence& sequence, std::size_t count) {
  using T = typename Sequence::value_type;
  if constexpr (kIsOneOf<T, char, unsigned char, std::byte>) {
    // These may alias anything, and assigning them does not clear first.
    const auto* const from =
        reinterpret_cast<const T*>(ReadAccess::Take<false>(in, count));
    sequence.assign(from, from + count);
    return true;
  } else {
    sequence.resize(count);
    return ReadElements<!kLayout<T>.is_fixed>(in, sequence.data(), count);
  }
}

template <bool kChecked, class In, class T>
bool ReadValue(In& in, T& value) {
  constexpr Category kKind = kCategory<T>;
  if constexpr (kKind == Category::kScalar) {
    return LoadScalar<kChecked>(in, value);
  } else if constexpr (kLayout<T>.is_bitwise) {
    return Load<kChecked>(in, static_cast<void*>(&value), sizeof(value));
  } else if constexpr (kKind == Category::kBool) {
    return ReadBool<kChecked>(in, value);
  } else if constexpr (kKind == Category::kEnum) {
    return ReadEnum<kChecked>(in, value);
  } else if constexpr (kKind == Category::kArray) {
    if constexpr (ArrayShape<T>::kSize == 0) {
      return true;
    } else {
      return ReadElements<kChecked>(in, std::data(value), ArrayShape<T>::kSize);
    }
  } else if constexpr (kKind == Category::kTraits) {
    return SerializeTraits<T>::Read(in, value) ||
           in.Fail("the code that reads a type refused it");
  } else if constexpr (kKind == Category::kHook) {
    return VisitHook(value, HookReader<kChecked, In>{in});
  } else if constexpr (kIsProduct<T>) {
    constexpr bool kCheckOnce = kChecked && kLayout<T>.is_fixed;
    if constexpr (kCheckOnce) {
      if (in.remaining() < kLayout<T>.min_size) {
        return in.Fail("the message ends too early");
      }
    }
    FieldReader<kChecked && !kCheckOnce, In> read{in};
    return FieldsOf<T>::Visit(value, read);
  } else {
    static_assert(kIsKnown<T>,
                  "ipc_channel: this type cannot be serialized, or its "
                  "SerializeTraits are not included here; std_types.h has "
                  "those of the standard types.");
    return false;
  }
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_READ_VALUE_H_
