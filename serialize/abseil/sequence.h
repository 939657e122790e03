#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_SEQUENCE_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_SEQUENCE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "absl/base/config.h"
#include "absl/container/fixed_array.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/read_value.h"
#include "ipc_channel/serialize/internal/std_sequence.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

// Encoded like a std::vector of the same elements.

namespace ipc_channel::serialize {
namespace internal {

template <class Sequence, class T>
struct SequenceTraits {
  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    DescribeSequence<T>(schema);
  }
  template <class Out>
  static void Write(Out& out, const Sequence& sequence) {
    WriteSequence<Out, std::remove_const_t<T>>(out, sequence.data(),
                                               sequence.size());
  }
  static std::byte* Put(std::byte* to, const Sequence& sequence) {
    return PutSequence<std::remove_const_t<T>>(to, sequence.data(),
                                               sequence.size());
  }
};

}  // namespace internal

template <class T, std::size_t kInlined, class Allocator>
struct SerializeTraits<absl::InlinedVector<T, kInlined, Allocator>>
    : internal::SequenceTraits<absl::InlinedVector<T, kInlined, Allocator>, T> {
  static bool Read(Reader& in,
                   absl::InlinedVector<T, kInlined, Allocator>& vector) {
    return in.Read(vector);
  }
  static const std::byte* ReadAt(
      Reader& in, const std::byte* at,
      absl::InlinedVector<T, kInlined, Allocator>& vector) {
    return internal::ReadNestedSequence<T>(in, at, vector);
  }
};

// Cannot be read: its size is set once, where it is made.
template <class T, std::size_t kInlined, class Allocator>
struct SerializeTraits<absl::FixedArray<T, kInlined, Allocator>>
    : internal::SequenceTraits<absl::FixedArray<T, kInlined, Allocator>, T> {};

// Cannot be read.
template <class T>
struct SerializeTraits<absl::Span<T>>
    : internal::SequenceTraits<absl::Span<T>, T> {};

#ifndef ABSL_USES_STD_STRING_VIEW
// Cannot be read.
template <>
struct SerializeTraits<absl::string_view>
    : internal::SequenceTraits<absl::string_view, char> {};
#endif

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_SEQUENCE_H_
