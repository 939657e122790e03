#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_MULTIMAP_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_MULTIMAP_H_

#include "ipc_channel/platforms/cxx20.h"

#include <map>
#include <unordered_map>
#include <utility>

#include "ipc_channel/serialize/internal/associative.h"
#include "ipc_channel/serialize/internal/collisions.h"
#include "ipc_channel/serialize/internal/std_map.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

// Like std::map, but keys may repeat. Entries of equal keys keep their order.
template <class K, class V, class Compare, class Allocator>
struct SerializeTraits<std::multimap<K, V, Compare, Allocator>>
    : internal::SortedMapTraits<std::multimap<K, V, Compare, Allocator>,
                                internal::Keys::kRepeating> {};

// Like std::unordered_map, but keys may repeat: equal ones stand together, as
// they do in the container. So no stranger can have them searched for.
template <class K, class V, class Hash, class Equal, class Allocator>
struct SerializeTraits<std::unordered_multimap<K, V, Hash, Equal, Allocator>>
    : internal::MapTraits<std::unordered_multimap<K, V, Hash, Equal, Allocator>,
                          internal::Order::kAny, internal::Keys::kRepeating> {
  using Map = std::unordered_multimap<K, V, Hash, Equal, Allocator>;

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
