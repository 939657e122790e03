#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_ENCODE_BUFFER_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_ENCODE_BUFFER_H_

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "absl/status/status.h"

namespace ipc_channel::internal {

// Room for one encoded value, not initialized: on the stack for small ones, so
// that sending them allocates nothing. Thread-compatible.
class EncodeBuffer {
 public:
  // Without memory, or beyond `max_size`, status() is not OK.
  EncodeBuffer(std::size_t size, std::size_t max_size);
  EncodeBuffer(const EncodeBuffer&) = delete;
  EncodeBuffer& operator=(const EncodeBuffer&) = delete;

  // RESOURCE_EXHAUSTED or OUT_OF_RANGE if there is no room of that size.
  const absl::Status& status() const { return status_; }

  std::span<std::byte> bytes() { return bytes_; }

 private:
  static constexpr std::size_t kInlineBytes = 1024;

  std::array<std::byte, kInlineBytes> inline_;
  std::unique_ptr<std::byte[]> heap_;
  std::span<std::byte> bytes_;
  absl::Status status_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_ENCODE_BUFFER_H_
