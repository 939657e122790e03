#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_ASSOCIATIVE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_ASSOCIATIVE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ipc_channel/serialize/internal/layout.h"

// What maps and sets have in common.

namespace ipc_channel::serialize::internal {

enum class Order : std::uint8_t {
  kAscending,
  kAny,
};

enum class Keys : std::uint8_t {
  kUnique,
  kRepeating,
};

// What the description of a map or set begins with.
constexpr std::string_view OpeningOf(Order order, Keys keys) {
  if (keys == Keys::kUnique) return order == Order::kAscending ? "{" : "#{";
  return order == Order::kAscending ? "+{" : "#+{";
}

// `key` may stand behind `last` where keys ascend, as `before` compares them.
template <Keys kKeys, class Compare, class K>
bool MayFollow(const Compare& before, const K& last, const K& key) {
  if constexpr (kKeys == Keys::kUnique) {
    return before(last, key);
  } else {
    return !before(key, last);
  }
}

// About what an entry of type T takes in a tree or a hash table of nodes.
struct TreeNode {
  template <class T>
  static constexpr std::size_t kSize = kObjectSize<T> + 4 * sizeof(void*);
};

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_ASSOCIATIVE_H_
