#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unix/memory_object.h"
#include "ipc_channel/transport/unix/private_region.h"
#include "ipc_channel/transport/unix/sealed_region.h"

namespace ipc_channel::transport {
namespace {

// The region of `object`, or without memfd_create a private one.
absl::StatusOr<SharedMemory> Map(absl::StatusOr<UniqueFd> object,
                                 std::size_t size, SharedMemory::Filler fill) {
  const bool is_private = absl::IsUnimplemented(object.status());
  if (!object.ok() && !is_private) return object.status();
  absl::StatusOr<RegionPtr> region =
      is_private ? unix_backend::PrivateRegionFilledBy(size, fill)
                 : unix_backend::MapSealedRegion(*std::move(object), size);
  if (!region.ok()) return region.status();
  return SharedMemory(*std::move(region));
}

}  // namespace

absl::StatusOr<SharedMemory> SharedMemory::CopyOf(
    std::span<const std::byte> bytes) {
  if (bytes.empty()) return SharedMemory();
  return OrOutOfMemory([bytes] {
    return Map(unix_backend::SealedObjectWithCopyOf(Payload(bytes)),
               bytes.size(), [bytes](std::span<std::byte> block) {
                 std::memcpy(block.data(), bytes.data(), bytes.size());
               });
  });
}

absl::StatusOr<SharedMemory> SharedMemory::Create(std::size_t size,
                                                  Filler fill) {
  if (size == 0) return SharedMemory();
  return OrOutOfMemory([size, fill] {
    return Map(unix_backend::SealedObjectFilledBy(size, fill), size, fill);
  });
}

}  // namespace ipc_channel::transport
