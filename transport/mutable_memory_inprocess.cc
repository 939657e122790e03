#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/heap_memory.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mutable_memory.h"

namespace ipc_channel::transport {

absl::StatusOr<MutableMemory> MutableMemory::Create(std::size_t size) {
  if (size == 0) return MutableMemory();
  if (size > kMaxMutableMemoryBytes) {
    return absl::OutOfRangeError("too large a block of mutable memory");
  }
  HeapBytes bytes = NewHeapBytes(size);
  if (bytes == nullptr) return absl::ResourceExhaustedError("out of memory");
  return MutableMemory(
      std::make_shared<const HeapRegion<std::byte>>(std::move(bytes), size));
}

}  // namespace ipc_channel::transport
