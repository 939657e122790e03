#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/region.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/memory_object.h"
#include "ipc_channel/transport/unix/sealed_region.h"

namespace ipc_channel::transport {

namespace {

absl::StatusOr<MutableMemory> NewMutableMemory(std::size_t size) {
  absl::StatusOr<UniqueFd> object = unix_backend::MutableObject(size);
  if (!object.ok()) return object.status();
  absl::StatusOr<WritableRegionPtr> region =
      unix_backend::MapMutableRegion(*std::move(object), size);
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
