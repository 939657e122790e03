#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SET_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_set>
#include <utility>

#include "ipc_channel/serialize/internal/associative.h"
#include "ipc_channel/serialize/internal/collisions.h"
#include "ipc_channel/serialize/internal/std_range.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {
namespace internal {

// Reads all elements of a set, each of which takes `kSlotSize` bytes. `insert`
// is called with each, and fails if it may not stand there; its Start(), if
// any, before that with the number of elements that come.
template <class T, std::size_t kSlotSize = TreeNode::kSize<T>, class F>
bool ReadSet(Reader& in, F&& insert) {
  std::uint32_t size;
  if (!in.ReadCount<T, kSlotSize>(size)) return false;
  if constexpr (requires { insert.Start(size); }) {
    if (!insert.Start(size)) return false;
  }
  if (!in.Enter()) return false;
  for (std::uint32_t i = 0; i < size; ++i) {
    T element{};
    if (!in.Read(element) || !insert(std::move(element))) {
      return in.FailedInElement(i);
    }
  }
  in.Leave();
  return true;
}

// The number of elements, then the elements.
template <class Set, Order kOrder, Keys kKeys>
struct SetTraits {
  using T = typename Set::value_type;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    schema.Text(OpeningOf(kOrder, kKeys));
    schema.ConstPart<T>();
    schema.Text("}");
  }
  template <class Out>
  static void Write(Out& out, const Set& set) {
    WriteRange(out, set, set.size());
  }
  static std::byte* Put(std::byte* to, const Set& set) {
    return PutRange(to, set, set.size());
  }
};

// The elements in ascending order: the reader refuses any other order, and with
// it duplicates where there cannot be any. Slot::kSize<T> is what each takes.
template <class Set, Keys kKeys, class Slot = TreeNode>
struct SortedSetTraits : SetTraits<Set, Order::kAscending, kKeys> {
  using T = typename Set::value_type;

  static bool Read(Reader& in, Set& set) {
    set.clear();
    return ReadSet<T, Slot::template kSize<T>>(in, [&](T&& element) {
      if (!set.empty() &&
          !MayFollow<kKeys>(set.key_comp(), *set.rbegin(), element)) {
        return in.Fail(kKeys == Keys::kUnique
                           ? "set elements that do not ascend"
                           : "set elements that descend");
      }
      set.insert(set.end(), std::move(element));
      return true;
    });
  }
};

}  // namespace internal

template <class T, class Compare, class Allocator>
struct SerializeTraits<std::set<T, Compare, Allocator>>
    : internal::SortedSetTraits<std::set<T, Compare, Allocator>,
                                internal::Keys::kUnique> {};

// Like std::set, but elements may repeat.
template <class T, class Compare, class Allocator>
struct SerializeTraits<std::multiset<T, Compare, Allocator>>
    : internal::SortedSetTraits<std::multiset<T, Compare, Allocator>,
                                internal::Keys::kRepeating> {};

// Like std::set but in any order, and therefore of another fingerprint. The
// reader refuses duplicates, and elements most of which collide.
template <class T, class Hash, class Equal, class Allocator>
struct SerializeTraits<std::unordered_set<T, Hash, Equal, Allocator>>
    : internal::SetTraits<std::unordered_set<T, Hash, Equal, Allocator>,
                          internal::Order::kAny, internal::Keys::kUnique> {
  using Set = std::unordered_set<T, Hash, Equal, Allocator>;

  static bool Read(Reader& in, Set& set) {
    set.clear();
    internal::Collisions collisions;
    return internal::ReadSet<T>(in, [&](T&& element) {
      const auto [entry, is_new] = set.insert(std::move(element));
      if (!is_new) return in.Fail("a set element that occurs twice");
      return collisions.Allow(set, *entry) ||
             in.Fail("set elements that collide");
    });
  }
};

// Like std::unordered_set, but elements may repeat: equal ones stand together,
// as they do in the container. So no stranger can have them searched for.
template <class T, class Hash, class Equal, class Allocator>
struct SerializeTraits<std::unordered_multiset<T, Hash, Equal, Allocator>>
    : internal::SetTraits<std::unordered_multiset<T, Hash, Equal, Allocator>,
                          internal::Order::kAny, internal::Keys::kRepeating> {
  using Set = std::unordered_multiset<T, Hash, Equal, Allocator>;

  static bool Read(Reader& in, Set& set) {
    set.clear();
    internal::Collisions collisions;
    auto last = set.end();
    return internal::ReadSet<T>(in, [&](T&& element) {
      const bool repeats = last != set.end() && set.key_eq()(*last, element);
      if (!repeats && set.contains(element)) {
        return in.Fail("equal set elements that do not stand together");
      }
      last = set.emplace_hint(last, std::move(element));
      return repeats || collisions.Allow(set, *last) ||
             in.Fail("set elements that collide");
    });
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_SET_H_
