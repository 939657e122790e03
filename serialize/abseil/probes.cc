#include "ipc_channel/serialize/abseil/probes.h"

#include <bit>
#include <cstddef>
#include <cstdint>

#include "ipc_channel/serialize/reader.h"

namespace ipc_channel::serialize::internal {
namespace {

// Up to here collisions cost too little to count them.
constexpr std::size_t kHarmlessSize = 256;

// How many bits of a hash are kept beside an entry, not used to place it.
constexpr int kTagBits = 7;

}  // namespace

bool Probes::Start(Reader& in, std::size_t size) {
  if (size <= kHarmlessSize) return true;
  const std::size_t places = std::bit_ceil(size);
  if (!in.Charge(2 * places * sizeof(std::uint32_t))) return false;
  by_low_bits_.resize(places);
  by_high_bits_.resize(places);
  // Good hashes pass less than one entry for each in either count, and those
  // that a peer chose would pass half of all.
  most_passed_ = (std::size_t{1} << 18) + 64 * size;
  return true;
}

bool Probes::Allow(std::size_t hash) {
  if (by_low_bits_.empty()) return true;
  const std::size_t mask = by_low_bits_.size() - 1;
  passed_ += by_low_bits_[hash & mask]++;
  passed_ += by_high_bits_[(hash >> kTagBits) & mask]++;
  return passed_ <= most_passed_;
}

}  // namespace ipc_channel::serialize::internal
