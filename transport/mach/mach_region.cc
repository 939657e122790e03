#include "ipc_channel/transport/mach/mach_region.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/memory_entry.h"

namespace ipc_channel::transport::mach_backend {
namespace {

template <class Byte>
absl::StatusOr<std::shared_ptr<const BasicRegion<Byte>>> RegionOf(
    SendRight entry, std::size_t size, MapAs how) {
  absl::StatusOr<VmRegion> mapping = MapEntry(entry, size, how);
  if (!mapping.ok()) return mapping.status();
  if (!IsAnonymous(mapping->bytes())) {
    return absl::DataLossError("shared memory that is a file, or somebody's");
  }
  return std::make_shared<const MachRegion<Byte>>(std::move(entry),
                                                  *std::move(mapping));
}

}  // namespace

absl::StatusOr<RegionPtr> ImmutableRegionOf(SendRight entry, std::size_t size) {
  return RegionOf<const std::byte>(std::move(entry), size, MapAs::kSnapshot);
}

absl::StatusOr<RegionPtr> ReadOnlyRegionOf(SendRight entry, std::size_t size) {
  const absl::Status writable = MapEntry(entry, 1, MapAs::kWritable).status();
  if (writable.ok()) {
    return absl::DataLossError("read-only memory that can be written");
  }
  // Then nothing was found out.
  if (absl::IsResourceExhausted(writable)) return writable;
  return RegionOf<const std::byte>(std::move(entry), size, MapAs::kReadOnly);
}

absl::StatusOr<WritableRegionPtr> MutableRegionOf(SendRight entry,
                                                  std::size_t size) {
  if (size > kMaxMutableMemoryBytes) {
    return absl::DataLossError("too large a block of mutable memory");
  }
  return RegionOf<std::byte>(std::move(entry), size, MapAs::kWritable);
}

}  // namespace ipc_channel::transport::mach_backend
