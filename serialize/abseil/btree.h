#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_BTREE_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_BTREE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/std_map.h"
#include "ipc_channel/serialize/internal/std_range.h"
#include "ipc_channel/serialize/internal/std_set.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

// Encoded like std::map and std::set.

namespace ipc_channel::serialize {
namespace internal {

// Nodes are half full at worst.
template <class T>
inline constexpr std::size_t kBtreeSlotSize =
    2 * kObjectSize<T> + kAllocationOverhead;

}  // namespace internal

template <class K, class V, class Compare, class Allocator>
struct SerializeTraits<absl::btree_map<K, V, Compare, Allocator>> {
  using Map = absl::btree_map<K, V, Compare, Allocator>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeMap<K, V>(schema, "{");
  }
  template <class Out>
  static void Write(Out& out, const Map& map) {
    internal::WriteMap(out, map);
  }
  static std::byte* Put(std::byte* to, const Map& map) {
    return internal::PutMap(to, map);
  }
  static bool Read(Reader& in, Map& map) {
    constexpr std::size_t kSlotSize = internal::kBtreeSlotSize<std::pair<K, V>>;
    map.clear();
    return internal::ReadMap<K, V, kSlotSize>(in, [&](K&& key) -> V* {
      if (!map.empty() && !map.key_comp()(map.rbegin()->first, key)) {
        in.Fail("map keys that do not ascend");
        return nullptr;
      }
      return &map.try_emplace(map.end(), std::move(key))->second;
    });
  }
};

template <class T, class Compare, class Allocator>
struct SerializeTraits<absl::btree_set<T, Compare, Allocator>> {
  using Set = absl::btree_set<T, Compare, Allocator>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeSet<T>(schema, "{");
  }
  template <class Out>
  static void Write(Out& out, const Set& set) {
    internal::WriteRange(out, set, set.size());
  }
  static std::byte* Put(std::byte* to, const Set& set) {
    return internal::PutRange(to, set, set.size());
  }
  static bool Read(Reader& in, Set& set) {
    set.clear();
    return internal::ReadSet<T, internal::kBtreeSlotSize<T>>(
        in, [&](T&& element) {
          if (!set.empty() && !set.key_comp()(*set.rbegin(), element)) {
            return in.Fail("set elements that do not ascend");
          }
          set.insert(set.end(), std::move(element));
          return true;
        });
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_BTREE_H_
