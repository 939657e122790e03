#ifndef IPC_CHANNEL_BENCH_LIMITS_FUTEX_LINE_H_
#define IPC_CHANNEL_BENCH_LIMITS_FUTEX_LINE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ipc_channel/bench/limits/shared_pages.h"
#include "ipc_channel/bench/placement.h"

namespace ipc_channel_bench {

// A line (socket_line.h) of shared memory with a futex to wait on: for one
// payload at a time each way, of kMailboxBytes at most.
class FutexLine {
 public:
  static constexpr std::size_t kMailboxBytes = 2048;

  FutexLine();
  void Choose(Side side);
  void Send(std::span<const std::byte> bytes);
  bool Receive(std::span<std::byte> buffer);
  void Close();

 private:
  // What one side reads and the other writes.
  struct Mailbox {
    std::atomic<std::uint32_t> sent;  // so many, or kEnd
    std::array<std::byte, kMailboxBytes> bytes;
  };
  static constexpr std::uint32_t kEnd = UINT32_MAX;

  static void Announce(Mailbox& mailbox, std::uint32_t sent);

  const SharedPages pages_;
  Mailbox* own_ = nullptr;
  Mailbox* other_ = nullptr;
  std::uint32_t received_ = 0;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_LIMITS_FUTEX_LINE_H_
