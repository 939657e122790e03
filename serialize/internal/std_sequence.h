#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SEQUENCE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SEQUENCE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ipc_channel/serialize/internal/category.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/read_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {
namespace internal {

template <class Char>
concept StringChar = kIsOneOf<Char, char, char8_t, char16_t, char32_t>;

template <class T>
constexpr void DescribeSequence(Schema& schema) {
  schema.Text("[");
  schema.Field<T>();
  schema.Text("]");
}

template <class Out, class T>
void WriteSequence(Out& out, const T* elements, std::size_t count) {
  out.WriteCount(count);
  WriteElements(out, elements, count);
}

template <class T>
std::byte* PutSequence(std::byte* to, const T* elements, std::size_t count) {
  return PutElements(PutCount(to, count), elements, count);
}

// Reads a sequence of T; ReadNestedSequence() does so a level deeper.
template <class T, class Sequence>
const std::byte* ReadFlatSequence(Reader& in, const std::byte* at,
                                  Sequence& sequence) {
  std::uint32_t size = 0;
  at = ReadCountAt<T>(in, at, size);
  return at != nullptr ? ReadSequence(in, at, sequence, size) : nullptr;
}

template <class T, class Sequence>
const std::byte* ReadNestedSequence(Reader& in, const std::byte* at,
                                    Sequence& sequence) {
  std::uint32_t size = 0;
  at = ReadCountAt<T>(in, at, size);
  if (at == nullptr || !EnterAt(in, at)) return nullptr;
  at = ReadSequence(in, at, sequence, size);
  if (at != nullptr) in.Leave();
  return at;
}

}  // namespace internal

// Strings hold any characters; being well-formed UTF is not checked.
template <internal::StringChar Char, class Allocator>
struct SerializeTraits<
    std::basic_string<Char, std::char_traits<Char>, Allocator>> {
  using String = std::basic_string<Char, std::char_traits<Char>, Allocator>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr bool kIsRun = true;  // ../bulk.h
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<Char>(schema);
  }
  template <class Out>
  static void Write(Out& out, const String& string) {
    internal::WriteSequence(out, string.data(), string.size());
  }
  static std::byte* Put(std::byte* to, const String& string) {
    return internal::PutSequence(to, string.data(), string.size());
  }
  static bool Read(Reader& in, String& string) { return in.Read(string); }
  static const std::byte* ReadAt(Reader& in, const std::byte* at,
                                 String& string) {
    return internal::ReadFlatSequence<Char>(in, at, string);
  }
};

// Written like the string it views. Cannot be read.
template <internal::StringChar Char>
struct SerializeTraits<std::basic_string_view<Char>> {
  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr bool kIsRun = true;  // ../bulk.h
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<Char>(schema);
  }
  template <class Out>
  static void Write(Out& out, std::basic_string_view<Char> string) {
    internal::WriteSequence(out, string.data(), string.size());
  }
  static std::byte* Put(std::byte* to, std::basic_string_view<Char> string) {
    return internal::PutSequence(to, string.data(), string.size());
  }
};

template <class T, class Allocator>
struct SerializeTraits<std::vector<T, Allocator>> {
  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr bool kIsRun = true;  // ../bulk.h
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<T>(schema);
  }
  template <class Out>
  static void Write(Out& out, const std::vector<T, Allocator>& vector) {
    internal::WriteSequence(out, vector.data(), vector.size());
  }
  static std::byte* Put(std::byte* to,
                        const std::vector<T, Allocator>& vector) {
    return internal::PutSequence(to, vector.data(), vector.size());
  }
  static bool Read(Reader& in, std::vector<T, Allocator>& vector) {
    return in.Read(vector);
  }
  static const std::byte* ReadAt(Reader& in, const std::byte* at,
                                 std::vector<T, Allocator>& vector) {
    if constexpr (internal::kLayout<T>.is_fixed) {
      return internal::ReadFlatSequence<T>(in, at, vector);
    } else {
      return internal::ReadNestedSequence<T>(in, at, vector);
    }
  }
};

// One byte for each bool, as in any other sequence of them.
template <class Allocator>
struct SerializeTraits<std::vector<bool, Allocator>> {
  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<bool>(schema);
  }
  template <class Out>
  static void Write(Out& out, const std::vector<bool, Allocator>& vector) {
    out.WriteCount(vector.size());
    for (const bool value : vector) internal::WriteValue(out, value);
  }
  static std::byte* Put(std::byte* to,
                        const std::vector<bool, Allocator>& vector) {
    to = internal::PutCount(to, vector.size());
    for (const bool value : vector) to = internal::PutValue(to, value);
    return to;
  }
  static bool Read(Reader& in, std::vector<bool, Allocator>& vector) {
    std::uint32_t size;
    if (!in.ReadCount<bool>(size)) return false;
    vector.resize(size);
    for (std::uint32_t i = 0; i < size; ++i) {
      bool value;
      if (!in.Read(value)) return in.FailedInElement(i);
      vector[i] = value;
    }
    return true;
  }
};

// Written like a std::vector of the same elements, whatever the extent. Cannot
// be read.
template <class T, std::size_t kExtent>
struct SerializeTraits<std::span<T, kExtent>> {
  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr bool kIsRun = true;  // ../bulk.h
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<std::remove_volatile_t<T>>(schema);
  }
  template <class Out>
  static void Write(Out& out, std::span<T, kExtent> span) {
    internal::WriteSequence<Out, std::remove_cv_t<T>>(out, span.data(),
                                                      span.size());
  }
  static std::byte* Put(std::byte* to, std::span<T, kExtent> span) {
    return internal::PutSequence<std::remove_cv_t<T>>(to, span.data(),
                                                      span.size());
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SEQUENCE_H_
