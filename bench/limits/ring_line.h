#ifndef IPC_CHANNEL_BENCH_LIMITS_RING_LINE_H_
#define IPC_CHANNEL_BENCH_LIMITS_RING_LINE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ipc_channel/bench/limits/shared_pages.h"
#include "ipc_channel/bench/placement.h"

namespace ipc_channel_bench {

// A line (socket_line.h) of two rings in shared memory, whose sides spin while
// they wait: no system call at all, and a core for each side, always.
class RingLine {
 public:
  RingLine();
  void Choose(Side side);
  void Send(std::span<const std::byte> bytes);
  bool Receive(std::span<std::byte> buffer);
  void Close();

 private:
  static constexpr std::size_t kCapacity = std::size_t{256} << 10;
  static constexpr std::size_t kCacheLine = 64;

  // Positions count all bytes ever; the ring's own are those modulo kCapacity.
  struct Positions {
    alignas(kCacheLine) std::atomic<std::uint64_t> written;
    alignas(kCacheLine) std::atomic<std::uint64_t> read;
    alignas(kCacheLine) std::atomic<bool> is_closed;
  };

  // One of the two rings.
  struct Ring {
    Positions* positions = nullptr;
    std::byte* bytes = nullptr;
  };
  Ring NewRing(std::size_t offset) const;

  const SharedPages pages_;
  Ring in_;
  Ring out_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_LIMITS_RING_LINE_H_
