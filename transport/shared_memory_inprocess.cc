#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/heap_memory.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel::transport {

absl::StatusOr<SharedMemory> SharedMemory::CopyOf(
    std::span<const std::byte> bytes) {
  return Create(bytes.size(), [bytes](std::span<std::byte> block) {
    std::memcpy(block.data(), bytes.data(), bytes.size());
  });
}

absl::StatusOr<SharedMemory> SharedMemory::Create(std::size_t size,
                                                  Filler fill) {
  if (size == 0) return SharedMemory();
  HeapBytes bytes = NewHeapBytes(size);
  if (bytes == nullptr) return absl::ResourceExhaustedError("out of memory");
  fill({bytes.get(), size});
  return SharedMemory(std::make_shared<const HeapRegion<const std::byte>>(
      std::move(bytes), size));
}

}  // namespace ipc_channel::transport
