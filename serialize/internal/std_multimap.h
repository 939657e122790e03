#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_MULTIMAP_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_MULTIMAP_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "ipc_channel/serialize/internal/collisions.h"
#include "ipc_channel/serialize/internal/std_map.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {
namespace internal {

// Puts a key with an empty value where the hint says.
template <class Map, class K>
typename Map::iterator EmplaceKey(Map& map, typename Map::iterator hint,
                                  K&& key) {
  return map.emplace_hint(hint, std::piecewise_construct,
                          std::forward_as_tuple(std::forward<K>(key)),
                          std::tuple<>());
}

}  // namespace internal

// Like std::map, but keys may repeat. Entries of equal keys keep their order.
template <class K, class V, class Compare, class Allocator>
struct SerializeTraits<std::multimap<K, V, Compare, Allocator>> {
  using Map = std::multimap<K, V, Compare, Allocator>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeMap<K, V>(schema, "+{");
  }
  template <class Out>
  static void Write(Out& out, const Map& map) {
    internal::WriteMap(out, map);
  }
  static std::byte* Put(std::byte* to, const Map& map) {
    return internal::PutMap(to, map);
  }
  static bool Read(Reader& in, Map& map) {
    map.clear();
    return internal::ReadMap<K, V>(in, [&](K&& key) -> V* {
      if (!map.empty() && map.key_comp()(key, map.rbegin()->first)) {
        in.Fail("map keys that descend");
        return nullptr;
      }
      return &internal::EmplaceKey(map, map.end(), std::move(key))->second;
    });
  }
};

// Like std::unordered_map, but keys may repeat: equal ones stand together, as
// they do in the container. So no stranger can have them searched for.
template <class K, class V, class Hash, class Equal, class Allocator>
struct SerializeTraits<std::unordered_multimap<K, V, Hash, Equal, Allocator>> {
  using Map = std::unordered_multimap<K, V, Hash, Equal, Allocator>;

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeMap<K, V>(schema, "#+{");
  }
  template <class Out>
  static void Write(Out& out, const Map& map) {
    internal::WriteMap(out, map);
  }
  static std::byte* Put(std::byte* to, const Map& map) {
    return internal::PutMap(to, map);
  }
  static bool Read(Reader& in, Map& map) {
    map.clear();
    internal::Collisions collisions;
    auto last = map.end();
    return internal::ReadMap<K, V>(in, [&](K&& key) -> V* {
      const bool repeats = last != map.end() && map.key_eq()(last->first, key);
      if (!repeats && map.contains(key)) {
        in.Fail("equal map keys that do not stand together");
        return nullptr;
      }
      last = internal::EmplaceKey(map, last, std::move(key));
      if (!repeats && !collisions.Allow(map, last->first)) {
        in.Fail("map keys that collide");
        return nullptr;
      }
      return &last->second;
    });
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_MULTIMAP_H_
