#ifndef IPC_CHANNEL_BENCH_PEERS_PAYLOAD_H_
#define IPC_CHANNEL_BENCH_PEERS_PAYLOAD_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace ipc_channel_bench {

// What is sent: every word of 8 bytes is written by the sender and read by the
// receiver, which finds out whether they are all there. Thread-safe.

// Writes `value` into every word of `bytes`, and the first of its bytes into
// what is left.
void WritePayload(std::span<std::byte> bytes, std::uint64_t value);

// The value that was written into a payload of `size` bytes, 8 or more; ends
// the process if `bytes` is none.
std::uint64_t ReadPayload(std::span<const std::byte> bytes, std::size_t size);

// The same, and also ends it if another value was written.
void CheckPayload(std::span<const std::byte> bytes, std::size_t size,
                  std::uint64_t value);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_PAYLOAD_H_
