#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_HASH_TABLES_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_HASH_TABLES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/node_hash_map.h"
#include "absl/container/node_hash_set.h"
#include "ipc_channel/serialize/abseil/probes.h"
#include "ipc_channel/serialize/internal/associative.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/std_map.h"
#include "ipc_channel/serialize/internal/std_set.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/traits.h"

// Encoded like std::unordered_map and std::unordered_set, and defended against
// the same.

namespace ipc_channel::serialize {
namespace internal {

// What an entry of type T takes in a table, which has up to 16/7 as many slots
// as entries and a byte beside each.
struct FlatSlot {
  template <class T>
  static constexpr std::size_t kSize = (kObjectSize<T> + 1) * 5 / 2;
};
struct NodeSlot {
  template <class T>
  static constexpr std::size_t kSize =
      kObjectSize<T> + kAllocationOverhead + FlatSlot::kSize<void*>;
};

// Inserts keys into a table, for ReadMap() and ReadSet().
template <class Table>
struct TableInserter {
  bool Start(std::size_t size) {
    if (size == 0) return true;
    if (!in.Charge(kTableOverhead) || !probes.Start(in, size)) return false;
    table.reserve(size);
    return true;
  }

  // Gives the entry; the end if the key may not stand there.
  template <class K, class F>
  auto Insert(const K& key, F&& insert) {
    if (!probes.Allow(table.hash_function()(key))) {
      in.Fail("keys that collide");
      return table.end();
    }
    const auto [entry, is_new] = insert();
    if (is_new) return entry;
    in.Fail("a key that occurs twice");
    return table.end();
  }

  // What a table takes beside its slots, about.
  static constexpr std::size_t kTableOverhead = 64;

  Reader& in;
  Table& table;
  Probes probes;
};

template <class Map, class K, class V>
struct MapInserter : TableInserter<Map> {
  V* operator()(K&& key) {
    const auto entry = this->Insert(
        key, [&] { return this->table.try_emplace(std::move(key)); });
    return entry != this->table.end() ? &entry->second : nullptr;
  }
};

template <class Set, class T>
struct SetInserter : TableInserter<Set> {
  bool operator()(T&& element) {
    const auto entry = this->Insert(
        element, [&] { return this->table.insert(std::move(element)); });
    return entry != this->table.end();
  }
};

template <class Map, class Slot>
struct HashMapTraits : MapTraits<Map, Order::kAny, Keys::kUnique> {
  using K = typename Map::key_type;
  using V = typename Map::mapped_type;

  static bool Read(Reader& in, Map& map) {
    map.clear();
    return ReadMap<K, V, Slot::template kSize<std::pair<K, V>>>(
        in, MapInserter<Map, K, V>{{in, map, {}}});
  }
};

template <class Set, class Slot>
struct HashSetTraits : SetTraits<Set, Order::kAny, Keys::kUnique> {
  using T = typename Set::value_type;

  static bool Read(Reader& in, Set& set) {
    set.clear();
    return ReadSet<T, Slot::template kSize<T>>(
        in, SetInserter<Set, T>{{in, set, {}}});
  }
};

}  // namespace internal

template <class K, class V, class Hash, class Equal, class Allocator>
struct SerializeTraits<absl::flat_hash_map<K, V, Hash, Equal, Allocator>>
    : internal::HashMapTraits<absl::flat_hash_map<K, V, Hash, Equal, Allocator>,
                              internal::FlatSlot> {};

template <class T, class Hash, class Equal, class Allocator>
struct SerializeTraits<absl::flat_hash_set<T, Hash, Equal, Allocator>>
    : internal::HashSetTraits<absl::flat_hash_set<T, Hash, Equal, Allocator>,
                              internal::FlatSlot> {};

template <class K, class V, class Hash, class Equal, class Allocator>
struct SerializeTraits<absl::node_hash_map<K, V, Hash, Equal, Allocator>>
    : internal::HashMapTraits<absl::node_hash_map<K, V, Hash, Equal, Allocator>,
                              internal::NodeSlot> {};

template <class T, class Hash, class Equal, class Allocator>
struct SerializeTraits<absl::node_hash_set<T, Hash, Equal, Allocator>>
    : internal::HashSetTraits<absl::node_hash_set<T, Hash, Equal, Allocator>,
                              internal::NodeSlot> {};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_HASH_TABLES_H_
