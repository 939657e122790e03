#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_PROBES_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_PROBES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ipc_channel/serialize/reader.h"

namespace ipc_channel::serialize::internal {

// Watches the hashes of keys that a stranger chose for one of Abseil's hash
// tables. They tell neither their buckets nor how long they probe, so this
// counts how many hashes agree in the bits that say where probing begins: those
// above the lowest seven in some versions, the lowest in others. The seed of
// Abseil's own hash function is no secret from a peer that was forked.
class Probes {
 public:
  // For a table that gets `size` entries. Fails if counting may not take the
  // memory.
  bool Start(Reader& in, std::size_t size);

  // To be called with the hash of each key. False if keys collide so often that
  // inserting them would take quadratic time.
  bool Allow(std::size_t hash);

 private:
  // By where the keys begin to probe.
  std::vector<std::uint32_t> by_low_bits_;
  std::vector<std::uint32_t> by_high_bits_;
  std::size_t most_passed_ = 0;
  std::size_t passed_ = 0;
};

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_PROBES_H_
