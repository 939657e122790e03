#ifndef IPC_CHANNEL_TRANSPORT_MACH_RESERVED_MEMORY_H_
#define IPC_CHANNEL_TRANSPORT_MACH_RESERVED_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/mman.h>

#include <cstddef>
#include <span>

#include "gtest/gtest.h"

namespace ipc_channel::transport::mach_backend {

// For tests: addresses of any number with no memory behind them, so that the
// kernel refuses a message that it would have to copy from there.
class ReservedMemory {
 public:
  explicit ReservedMemory(std::size_t size)
      : bytes_(static_cast<const std::byte*>(
                   ::mmap(nullptr, size, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)),
               size) {
    EXPECT_NE(bytes_.data(), MAP_FAILED);
  }
  ~ReservedMemory() {
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
  ReservedMemory(const ReservedMemory&) = delete;
  ReservedMemory& operator=(const ReservedMemory&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  const std::span<const std::byte> bytes_;
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_RESERVED_MEMORY_H_
