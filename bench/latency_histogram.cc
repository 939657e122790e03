#include "ipc_channel/bench/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace ipc_channel_bench {

std::uint64_t LatencyHistogram::UpperEnd(std::size_t bucket) {
  if (bucket < 2 * kPerPower) return bucket;
  const std::size_t shift = bucket / kPerPower - 1;
  const std::uint64_t start = kPerPower + bucket % kPerPower;
  return ((start + 1) << shift) - 1;
}

std::uint64_t LatencyHistogram::Quantile(double fraction) const {
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(
             std::ceil(fraction * static_cast<double>(total_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(UpperEnd(i), max_);
  }
  return max_;
}

}  // namespace ipc_channel_bench
