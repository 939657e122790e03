#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/mach_region.h"
#include "ipc_channel/transport/mach/memory_entry.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/region.h"

namespace ipc_channel::transport {
namespace {

using mach_backend::MachRegion;
using mach_backend::MapAs;
using mach_backend::SendRight;
using mach_backend::VmRegion;

// The entry that allows writing is gone when this has returned; the writer has
// its mapping, and nobody can make another.
absl::StatusOr<WriterAndMemory> NewReadOnlyMemory(std::size_t size) {
  absl::StatusOr<SendRight> entry = mach_backend::NewMemoryEntry(size);
  if (!entry.ok()) return entry.status();
  absl::StatusOr<SendRight> read_only =
      mach_backend::ReadOnlyEntry(*entry, size);
  if (!read_only.ok()) return read_only.status();
  absl::StatusOr<VmRegion> writable =
      mach_backend::MapEntry(*entry, size, MapAs::kWriter);
  if (!writable.ok()) return writable.status();
  absl::StatusOr<RegionPtr> region =
      mach_backend::ReadOnlyRegionOf(*std::move(read_only), size);
  if (!region.ok()) return region.status();
  return WriterAndMemory{
      .writer = MemoryWriter(std::make_shared<const MachRegion<std::byte>>(
          SendRight(), *std::move(writable))),
      .memory = ReadOnlyMemory(*std::move(region))};
}

}  // namespace

absl::StatusOr<WriterAndMemory> CreateReadOnlyMemory(std::size_t size) {
  if (size == 0) return WriterAndMemory();
  return OrOutOfMemory([size] { return NewReadOnlyMemory(size); });
}

}  // namespace ipc_channel::transport
