#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/mach_region.h"
#include "ipc_channel/transport/mach/memory_entry.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/region.h"

namespace ipc_channel::transport {
namespace {

absl::StatusOr<MutableMemory> NewMutableMemory(std::size_t size) {
  absl::StatusOr<mach_backend::SendRight> entry =
      mach_backend::NewMemoryEntry(size);
  if (!entry.ok()) return entry.status();
  absl::StatusOr<WritableRegionPtr> region =
      mach_backend::MutableRegionOf(*std::move(entry), size);
  if (!region.ok()) return region.status();
  return MutableMemory(*std::move(region));
}

}  // namespace

absl::StatusOr<MutableMemory> MutableMemory::Create(std::size_t size) {
  if (size == 0) return MutableMemory();
  if (size > kMaxMutableMemoryBytes) {
    return absl::OutOfRangeError("too large a block of mutable memory");
  }
  return OrOutOfMemory([size] { return NewMutableMemory(size); });
}

}  // namespace ipc_channel::transport
