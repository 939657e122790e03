#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_ENCODE_BUFFER_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_ENCODE_BUFFER_H_

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "absl/status/statusor.h"

namespace ipc_channel::internal {

// Room for one encoded value, not initialized: on the stack for small ones, so
// that sending them allocates nothing. Thread-compatible.
class EncodeBuffer {
 public:
  // For values of at most `max_size` bytes.
  explicit EncodeBuffer(std::size_t max_size) : max_size_(max_size) {}
  EncodeBuffer(const EncodeBuffer&) = delete;
  EncodeBuffer& operator=(const EncodeBuffer&) = delete;

  // Room for a value of `size` bytes, in place of the former one. OUT_OF_RANGE
  // beyond the largest size, RESOURCE_EXHAUSTED without memory.
  absl::StatusOr<std::span<std::byte>> Reserve(std::size_t size);

  // What was reserved last.
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kInlineBytes = 1024;

  const std::size_t max_size_;
  std::array<std::byte, kInlineBytes> inline_;
  std::unique_ptr<std::byte[]> heap_;
  std::span<std::byte> bytes_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_ENCODE_BUFFER_H_
