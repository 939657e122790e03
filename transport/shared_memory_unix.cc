#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unix/memory_object.h"
#include "ipc_channel/transport/unix/sealed_region.h"

namespace ipc_channel::transport {
namespace {

absl::StatusOr<SharedMemory> Map(absl::StatusOr<UniqueFd> object,
                                 std::size_t size) {
  if (!object.ok()) return object.status();
  absl::StatusOr<RegionPtr> region =
      unix_backend::MapSealedRegion(*std::move(object), size);
  if (!region.ok()) return region.status();
  return SharedMemory(*std::move(region));
}

}  // namespace

absl::StatusOr<SharedMemory> SharedMemory::CopyOf(
    std::span<const std::byte> bytes) {
  if (bytes.empty()) return SharedMemory();
  return Map(unix_backend::SealedObjectWithCopyOf(bytes), bytes.size());
}

absl::StatusOr<SharedMemory> SharedMemory::Create(std::size_t size,
                                                  Filler fill) {
  if (size == 0) return SharedMemory();
  return Map(unix_backend::SealedObjectFilledBy(size, fill), size);
}

}  // namespace ipc_channel::transport
