#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_BTREE_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_BTREE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "ipc_channel/serialize/internal/associative.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/internal/std_map.h"
#include "ipc_channel/serialize/internal/std_set.h"
#include "ipc_channel/serialize/traits.h"

// Encoded like std::map and std::set.

namespace ipc_channel::serialize {
namespace internal {

// Nodes are half full at worst.
struct BtreeSlot {
  template <class T>
  static constexpr std::size_t kSize = 2 * kObjectSize<T> + kAllocationOverhead;
};

}  // namespace internal

template <class K, class V, class Compare, class Allocator>
struct SerializeTraits<absl::btree_map<K, V, Compare, Allocator>>
    : internal::SortedMapTraits<absl::btree_map<K, V, Compare, Allocator>,
                                internal::Keys::kUnique, internal::BtreeSlot> {
};

template <class T, class Compare, class Allocator>
struct SerializeTraits<absl::btree_set<T, Compare, Allocator>>
    : internal::SortedSetTraits<absl::btree_set<T, Compare, Allocator>,
                                internal::Keys::kUnique, internal::BtreeSlot> {
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_BTREE_H_
