#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_COLLISIONS_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_COLLISIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

namespace ipc_channel::serialize::internal {

// Watches the keys of a hash container that a stranger chose: were most of them
// chosen for one bucket, inserting them would take quadratic time.
class Collisions {
 public:
  // To be called when `key`, not equal to one that is there, was inserted.
  // False if the keys were passed over too often.
  template <class Table, class K>
  bool Allow(const Table& table, const K& key) {
    if (table.size() <= kHarmlessSize) return true;
    passed_ += table.bucket_size(table.bucket(key));
    return passed_ <= Most(table.size());
  }

 private:
  // Up to here collisions cost too little to count them.
  static constexpr std::size_t kHarmlessSize = 256;

  // How many entries may be passed over while entries find their buckets: a
  // good hash function passes one or two for each, and keys that a peer chose
  // for their bucket would pass half of all entries each.
  static constexpr std::size_t Most(std::size_t size) {
    return (std::size_t{1} << 18) + 64 * size;
  }

  std::size_t passed_ = 0;
};

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_COLLISIONS_H_
