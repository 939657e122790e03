#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_MAP_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_MAP_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "ipc_channel/serialize/internal/associative.h"
#include "ipc_channel/serialize/internal/collisions.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/read_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {
namespace internal {

// Reads all entries of a map, each of which takes `kSlotSize` bytes. `insert`
// is called with each key and gives the value that is to be read for it, or
// null if the key may not stand there; its Start(), if any, before that with
// the number of entries that come. The value is read where it lies: types that
// contain maps of themselves must not take their own size of the stack for each
// level a peer nests them.
template <class K, class V,
          std::size_t kSlotSize = TreeNode::kSize<std::pair<K, V>>, class F>
bool ReadMap(Reader& in, F&& insert) {
  std::uint32_t size;
  if (!in.ReadCount<std::pair<K, V>, kSlotSize>(size)) return false;
  if constexpr (requires { insert.Start(size); }) {
    if (!insert.Start(size)) return false;
  }
  if (!in.Enter()) return false;
  for (std::uint32_t i = 0; i < size; ++i) {
    K key{};
    if (!ReadField(in, key, 0)) return in.FailedInElement(i);
    V* const value = insert(std::move(key));
    if (value == nullptr || !ReadField(in, *value, 1)) {
      return in.FailedInElement(i);
    }
  }
  in.Leave();
  return true;
}

// The number of entries, then key and value of each.
template <class Map, Order kOrder, Keys kKeys>
struct MapTraits {
  using K = typename Map::key_type;
  using V = typename Map::mapped_type;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    schema.Text(OpeningOf(kOrder, kKeys));
    schema.ConstPart<K>();
    schema.Text(":");
    schema.Field<V>();
    schema.Text("}");
  }
  template <class Out>
  static void Write(Out& out, const Map& map) {
    out.WriteCount(map.size());
    for (const auto& [key, value] : map) {
      WriteValue(out, key);
      WriteValue(out, value);
    }
  }
  static std::byte* Put(std::byte* to, const Map& map) {
    to = PutCount(to, map.size());
    for (const auto& [key, value] : map) {
      to = PutValue(PutValue(to, key), value);
    }
    return to;
  }
};

// Puts a key with an empty value where the hint says.
template <class Map, class K>
typename Map::iterator EmplaceKey(Map& map, typename Map::iterator hint,
                                  K&& key) {
  return map.emplace_hint(hint, std::piecewise_construct,
                          std::forward_as_tuple(std::forward<K>(key)),
                          std::tuple<>());
}

// The keys in ascending order: the reader refuses any other order, and with it
// duplicates where there cannot be any. Slot::kSize<pair> is what each entry
// takes.
template <class Map, Keys kKeys, class Slot = TreeNode>
struct SortedMapTraits : MapTraits<Map, Order::kAscending, kKeys> {
  using K = typename Map::key_type;
  using V = typename Map::mapped_type;

  static bool Read(Reader& in, Map& map) {
    map.clear();
    return ReadMap<K, V, Slot::template kSize<std::pair<K, V>>>(
        in, [&](K&& key) -> V* {
          if (!map.empty() &&
              !MayFollow<kKeys>(map.key_comp(), map.rbegin()->first, key)) {
            in.Fail(kKeys == Keys::kUnique ? "map keys that do not ascend"
                                           : "map keys that descend");
            return nullptr;
          }
          if constexpr (kKeys == Keys::kUnique) {
            return &map.try_emplace(map.end(), std::move(key))->second;
          } else {
            return &EmplaceKey(map, map.end(), std::move(key))->second;
          }
        });
  }
};

}  // namespace internal

template <class K, class V, class Compare, class Allocator>
struct SerializeTraits<std::map<K, V, Compare, Allocator>>
    : internal::SortedMapTraits<std::map<K, V, Compare, Allocator>,
                                internal::Keys::kUnique> {};

// Like std::map but in any order, and therefore of another fingerprint. The
// reader refuses duplicates, and keys most of which collide.
template <class K, class V, class Hash, class Equal, class Allocator>
struct SerializeTraits<std::unordered_map<K, V, Hash, Equal, Allocator>>
    : internal::MapTraits<std::unordered_map<K, V, Hash, Equal, Allocator>,
                          internal::Order::kAny, internal::Keys::kUnique> {
  using Map = std::unordered_map<K, V, Hash, Equal, Allocator>;

  static bool Read(Reader& in, Map& map) {
    map.clear();
    internal::Collisions collisions;
    return internal::ReadMap<K, V>(in, [&](K&& key) -> V* {
      const auto [entry, is_new] = map.try_emplace(std::move(key));
      if (!is_new) {
        in.Fail("a map key that occurs twice");
      } else if (!collisions.Allow(map, entry->first)) {
        in.Fail("map keys that collide");
      }
      return in.ok() ? &entry->second : nullptr;
    });
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_MAP_H_
