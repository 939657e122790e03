#ifndef IPC_CHANNEL_BENCH_LATENCY_HISTOGRAM_H_
#define IPC_CHANNEL_BENCH_LATENCY_HISTOGRAM_H_

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ipc_channel_bench {

// How often which duration was seen, in nanoseconds: exact below 64, else to
// 1/64. Of fixed size, allocates nothing. Thread-compatible.
class LatencyHistogram {
 public:
  void Add(std::uint64_t nanoseconds) {
    ++counts_[BucketOf(nanoseconds)];
    ++total_;
    if (nanoseconds > max_) max_ = nanoseconds;
  }

  // The duration that `fraction` of all (0 to 1) do not exceed, but for the
  // rounding above; 0 if there are none.
  std::uint64_t Quantile(double fraction) const;

  std::uint64_t max() const { return max_; }
  std::uint64_t total() const { return total_; }

 private:
  // Each power of two from 64 on is divided into 64 buckets.
  static constexpr int kBits = 6;
  static constexpr std::size_t kPerPower = std::size_t{1} << kBits;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) * kPerPower;

  static std::size_t BucketOf(std::uint64_t value) {
    if (value < kPerPower) return static_cast<std::size_t>(value);
    const int shift = std::bit_width(value) - 1 - kBits;
    return (static_cast<std::size_t>(shift) << kBits) +
           static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t UpperEnd(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_ = {};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

// Times operations that follow each other without a gap: the end of one is the
// start of the next, so that each costs one look at the clock (some 20 ns),
// whatever is measured.
class LapTimer {
 public:
  LapTimer() : last_(std::chrono::steady_clock::now()) {}

  void Lap() {
    const auto now = std::chrono::steady_clock::now();
    histogram_.Add(static_cast<std::uint64_t>(
        std::chrono::nanoseconds(now - last_).count()));
    last_ = now;
  }

  const LatencyHistogram& histogram() const { return histogram_; }

 private:
  LatencyHistogram histogram_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_LATENCY_HISTOGRAM_H_
