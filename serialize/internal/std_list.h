#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_LIST_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_LIST_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <iterator>
#include <list>

#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/std_range.h"
#include "ipc_channel/serialize/internal/std_sequence.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

// Encoded like a std::vector of the same elements.

namespace ipc_channel::serialize {
namespace internal {

// What a list's node takes beside its element, about.
inline constexpr std::size_t kListNodeOverhead =
    2 * sizeof(void*) + kAllocationOverhead;

}  // namespace internal

template <class T, class Allocator>
struct SerializeTraits<std::deque<T, Allocator>> {
  using Deque = std::deque<T, Allocator>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  // libstdc++ allocates 576 bytes for an empty one, libc++ some more than 4096
  // with the first element.
  static constexpr std::size_t kHiddenSize = 4096 + 128;
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<T>(schema);
  }
  template <class Out>
  static void Write(Out& out, const Deque& deque) {
    internal::WriteRange(out, deque, deque.size());
  }
  static std::byte* Put(std::byte* to, const Deque& deque) {
    return internal::PutRange(to, deque, deque.size());
  }
  static bool Read(Reader& in, Deque& deque) {
    deque.clear();
    return internal::ReadRange<T, internal::kObjectSize<T>>(
        in, [&deque]() -> T& { return deque.emplace_back(); });
  }
};

template <class T, class Allocator>
struct SerializeTraits<std::list<T, Allocator>> {
  using List = std::list<T, Allocator>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<T>(schema);
  }
  template <class Out>
  static void Write(Out& out, const List& list) {
    internal::WriteRange(out, list, list.size());
  }
  static std::byte* Put(std::byte* to, const List& list) {
    return internal::PutRange(to, list, list.size());
  }
  static bool Read(Reader& in, List& list) {
    constexpr std::size_t kSlotSize =
        internal::kObjectSize<T> + internal::kListNodeOverhead;
    list.clear();
    return internal::ReadRange<T, kSlotSize>(
        in, [&list]() -> T& { return list.emplace_back(); });
  }
};

// Does not know its size: each pass of writing counts first.
template <class T, class Allocator>
struct SerializeTraits<std::forward_list<T, Allocator>> {
  using List = std::forward_list<T, Allocator>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSequence<T>(schema);
  }
  template <class Out>
  static void Write(Out& out, const List& list) {
    internal::WriteRange(out, list, Count(list));
  }
  static std::byte* Put(std::byte* to, const List& list) {
    return internal::PutRange(to, list, Count(list));
  }
  static bool Read(Reader& in, List& list) {
    constexpr std::size_t kSlotSize =
        internal::kObjectSize<T> + internal::kListNodeOverhead;
    list.clear();
    auto last = list.before_begin();
    return internal::ReadRange<T, kSlotSize>(
        in, [&]() -> T& { return *(last = list.emplace_after(last)); });
  }

 private:
  static std::size_t Count(const List& list) {
    return static_cast<std::size_t>(std::distance(list.begin(), list.end()));
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_LIST_H_
