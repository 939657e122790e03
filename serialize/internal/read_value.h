#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_READ_VALUE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_READ_VALUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/get_value.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/read_failure.h"
#include "ipc_channel/serialize/internal/type_list.h"
#include "ipc_channel/serialize/traits.h"

// Reading by category; `In` is Reader. Each function reads from `at` and gives
// the place behind what it read, and null when it failed. Only code outside of
// this module, which knows nothing of places, finds them in the Reader.

namespace ipc_channel::serialize::internal {

// Opens the private parts of Reader to the functions below.
struct ReadAccess {
  template <class In>
  static const std::byte*& Place(In& in) {
    return in.cursor_;
  }
  template <class In>
  static std::size_t Left(const In& in, const std::byte* at) {
    return in.Left(at);
  }
  template <class In>
  static ReadFailure& Failure(In& in) {
    return in.failure_;
  }
  template <class In>
  static const std::byte* ReadCount(In& in, const std::byte* at,
                                    std::uint32_t& count, std::size_t min_size,
                                    std::size_t slot_size) {
    return in.ReadCountAt(at, count, min_size, slot_size);
  }
  template <class In>
  static const std::byte* FailForEnd(In& in, const std::byte* at) {
    return in.FailForEnd(at);
  }
  // The next `size` bytes, which are known to be present.
  template <class In>
  static const std::byte* Take(In& in, std::size_t size) {
    const std::byte* const taken = in.cursor_;
    in.cursor_ += size;
    return taken;
  }
  // Ends all reading if `at` is null.
  template <class In>
  static const std::byte* Settle(In& in, const std::byte* at) {
    if (at == nullptr) [[unlikely]] {
      in.Close();
    }
    return at;
  }
};

// This module's own traits may have, in place of Read(),
//
//   static const std::byte* ReadAt(Reader& in, const std::byte* at, T& value);
//
// Traits that inherit it have it for another type and are read by their Read().
template <class In, class T>
concept HasReadAt = requires {
  {
    &SerializeTraits<T>::ReadAt
    } -> std::same_as<const std::byte* (*)(In&, const std::byte*, T&)>;
};

template <class In, class T>
const std::byte* ReadValue(In& in, const std::byte* at, T& value);

template <class In, class T>
const std::byte* ReadTraits(In& in, const std::byte* at, T& value) {
  if constexpr (HasReadAt<In, T>) {
    return SerializeTraits<T>::ReadAt(in, at, value);
  } else {
    ReadAccess::Place(in) = at;
    if (!SerializeTraits<T>::Read(in, value)) [[unlikely]] {
      in.Fail(kRefusedByType);
      return nullptr;
    }
    return ReadAccess::Place(in);
  }
}

// Reads a field where the Reader is.
template <class In, class T>
bool ReadField(In& in, T& field, std::size_t index) {
  return in.Read(field) || in.FailedInField(index);
}

// Like Reader::ReadCount().
template <class T, class In>
const std::byte* ReadCountAt(In& in, const std::byte* at,
                             std::uint32_t& count) {
  return ReadAccess::ReadCount(in, at, count, kLayout<T>.min_size,
                               kObjectSize<T>);
}

// Like Reader::Enter(), which fails where the Reader is.
template <class In>
bool EnterAt(In& in, const std::byte* at) {
  ReadAccess::Place(in) = at;
  return in.Enter();
}

// For FieldsOf<T>::Visit().
template <class In>
struct FieldReader {
  template <class F>
  bool operator()(F& field, std::size_t index) {
    at = ReadValue(in, at, field);
    if (at != nullptr) [[likely]] {
      return true;
    }
    in.FailedInField(index);
    return false;
  }

  In& in;
  const std::byte* at;
};

// Called by a hook with its fields, once if the hook is as it should be.
template <class In>
struct HookReader {
  template <class... Fs>
  const std::byte* operator()(Fs&... fields) const {
    constexpr Layout kFields = LayoutOfFields(TypeList<Fs...>());
    if (at == nullptr) return nullptr;
    if constexpr (kFields.is_fixed) {
      if (ReadAccess::Left(in, at) < kFields.min_size) [[unlikely]] {
        return at = ReadAccess::FailForEnd(in, at);
      }
      FieldGetter get{at, ReadAccess::Failure(in)};
      VisitAll(get, fields...);
      return at = ReadAccess::Settle(in, get.from);
    } else {
      FieldReader<In> read{in, at};
      VisitAll(read, fields...);
      return at = read.at;
    }
  }

  In& in;
  // Where it is for all copies of this: a hook may take it by value.
  const std::byte*& at;
};

// Reads `count` values to where they lie one after another in memory. If their
// layout is fixed, they are known to be present.
template <class In, class T>
const std::byte* ReadElements(In& in, const std::byte* at, T* elements,
                              std::size_t count) {
  if constexpr (kLayout<T>.is_fixed) {
    return ReadAccess::Settle(
        in, GetElements(at, elements, count, ReadAccess::Failure(in)));
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      at = ReadValue(in, at, elements[i]);
      if (at == nullptr) [[unlikely]] {
        in.FailedInElement(i);
        return nullptr;
      }
    }
    return at;
  }
}

// Fills a sequence with elements that are their own encoding.
template <class Sequence>
const std::byte* ReadBitwise(const std::byte* at, Sequence& sequence,
                             std::size_t count) {
  using T = typename Sequence::value_type;
  // Elements that are added are cleared before they are filled: no more at a
  // time than stay in the cache meanwhile.
  constexpr std::size_t kMost = std::max<std::size_t>(16384 / sizeof(T), 1);
  if (count > sequence.size() + kMost) [[unlikely]] {
    if (count > sequence.capacity()) {
      sequence.clear();
      sequence.reserve(count);
    }
    std::size_t done = 0;
    for (std::size_t size = sequence.size(); size < count;
         size = std::min(count, size + kMost)) {
      sequence.resize(size);
      at = GetBytes(at, sequence.data() + done, (size - done) * sizeof(T));
      done = size;
    }
    sequence.resize(count);
    return GetBytes(at, sequence.data() + done, (count - done) * sizeof(T));
  }
  sequence.resize(count);
  return GetBytes(at, sequence.data(), count * sizeof(T));
}

// Fills a string or vector with `count` elements, which if their layout is
// fixed are known to be present.
template <class In, class Sequence>
const std::byte* ReadSequence(In& in, const std::byte* at, Sequence& sequence,
                              std::size_t count) {
  using T = typename Sequence::value_type;
  if constexpr (kIsOneOf<T, char, unsigned char, std::byte>) {
    // These may alias anything, and assigning them does not clear first.
    const auto* const from = reinterpret_cast<const T*>(at);
    if constexpr (requires { sequence.assign(from, count); }) {
      // A string. Where it has room for certain it need not ask for some.
      if (count > sequence.size()) {
        sequence.assign(from, count);
        return at + count;
      }
      sequence.erase(count);
      return GetBytes(at, sequence.data(), count);
    } else {
      sequence.assign(from, from + count);
      return at + count;
    }
  } else if constexpr (kLayout<T>.is_bitwise) {
    return ReadBitwise(at, sequence, count);
  } else {
    sequence.resize(count);
    return ReadElements(in, at, sequence.data(), count);
  }
}

template <class In, class T>
const std::byte* ReadValue(In& in, const std::byte* at, T& value) {
  constexpr Category kKind = kCategory<T>;
  if constexpr (kLayout<T>.is_fixed) {
    if (ReadAccess::Left(in, at) < kLayout<T>.min_size) [[unlikely]] {
      return ReadAccess::FailForEnd(in, at);
    }
    return ReadAccess::Settle(in, GetValue(at, value, ReadAccess::Failure(in)));
  } else if constexpr (kKind == Category::kArray) {
    return ReadElements(in, at, std::data(value), ArrayShape<T>::kSize);
  } else if constexpr (kKind == Category::kTraits) {
    return ReadTraits(in, at, value);
  } else if constexpr (kKind == Category::kHook) {
    VisitHook(value, HookReader<In>{in, at});
    return at;
  } else if constexpr (kIsProduct<T>) {
    FieldReader<In> read{in, at};
    FieldsOf<T>::Visit(value, read);
    return read.at;
  } else {
    static_assert(kIsKnown<T>,
                  "ipc_channel: this type cannot be serialized, or its "
                  "SerializeTraits are not included here; std_types.h has "
                  "those of the standard types.");
    return nullptr;
  }
}

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_READ_VALUE_H_
