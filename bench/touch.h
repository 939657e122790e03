#ifndef IPC_CHANNEL_BENCH_TOUCH_H_
#define IPC_CHANNEL_BENCH_TOUCH_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "benchmark/benchmark.h"

namespace ipc_channel_bench {

// Reads every word, as whoever uses a message would.
inline void Touch(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at + sizeof(sum) <= bytes.size();
       at += sizeof(sum)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof(word));
    sum += word;
  }
  benchmark::DoNotOptimize(sum);
}

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_TOUCH_H_
