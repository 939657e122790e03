#ifndef IPC_CHANNEL_TESTING_FUZZ_FUZZ_INPUT_H_
#define IPC_CHANNEL_TESTING_FUZZ_FUZZ_INPUT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ipc_channel_testing {

// Bytes that decide what a fuzz target does, taken from the front. When they
// are used up everything is 0, so that every input means something.
// Thread-compatible.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : left_(std::as_bytes(std::span(data, size))) {}

  bool empty() const { return left_.empty(); }

  std::uint8_t U8() { return static_cast<std::uint8_t>(Number(1)); }
  std::uint16_t U16() { return static_cast<std::uint16_t>(Number(2)); }
  std::uint32_t U32() { return static_cast<std::uint32_t>(Number(4)); }
  std::uint64_t U64() { return Number(8); }

  // One of 0 ... count - 1, out of one byte: `count` is 256 at most.
  std::size_t Below(std::size_t count) { return U8() % count; }

  // `size` bytes, or as many as are left.
  std::span<const std::byte> Bytes(std::size_t size) {
    const std::span<const std::byte> taken =
        left_.first(std::min(size, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  std::span<const std::byte> Rest() { return Bytes(left_.size()); }

 private:
  // Little-endian.
  std::uint64_t Number(std::size_t size) {
    std::uint64_t number = 0;
    int shift = 0;
    for (const std::byte byte : Bytes(size)) {
      number |= std::to_integer<std::uint64_t>(byte) << shift;
      shift += 8;
    }
    return number;
  }

  std::span<const std::byte> left_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_FUZZ_FUZZ_INPUT_H_
