#include <cstddef>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/heap_memory.h"
#include "ipc_channel/transport/read_only_memory.h"

namespace ipc_channel::transport {

absl::StatusOr<WriterAndMemory> CreateReadOnlyMemory(std::size_t size) {
  if (size == 0) return WriterAndMemory();
  const HeapBytes bytes = NewHeapBytes(size);
  if (bytes == nullptr) return absl::ResourceExhaustedError("out of memory");
  return WriterAndMemory{
      .writer = MemoryWriter(
          std::make_shared<const HeapRegion<std::byte>>(bytes, size)),
      .memory = ReadOnlyMemory(
          std::make_shared<const HeapRegion<const std::byte>>(bytes, size))};
}

}  // namespace ipc_channel::transport
