#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/mach_region.h"
#include "ipc_channel/transport/mach/memory_entry.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel::transport {
namespace {

using mach_backend::MachRegion;
using mach_backend::MapAs;
using mach_backend::SendRight;
using mach_backend::VmRegion;

// Once this has returned nobody can write to the memory: the entry and the
// mapping through which it was filled are gone.
absl::StatusOr<SendRight> FilledEntry(std::size_t size,
                                      SharedMemory::Filler fill) {
  absl::StatusOr<SendRight> entry = mach_backend::NewMemoryEntry(size);
  if (!entry.ok()) return entry.status();
  absl::StatusOr<SendRight> read_only =
      mach_backend::ReadOnlyEntry(*entry, size);
  if (!read_only.ok()) return read_only.status();
  absl::StatusOr<VmRegion> writable =
      mach_backend::MapEntry(*entry, size, MapAs::kWritable);
  if (!writable.ok()) return writable.status();
  fill(writable->bytes());
  return read_only;
}

absl::StatusOr<SharedMemory> NewSharedMemory(std::size_t size,
                                             SharedMemory::Filler fill) {
  absl::StatusOr<SendRight> entry = FilledEntry(size, fill);
  if (!entry.ok()) return entry.status();
  absl::StatusOr<VmRegion> mapping =
      mach_backend::MapEntry(*entry, size, MapAs::kReadOnly);
  if (!mapping.ok()) return mapping.status();
  return SharedMemory(std::make_shared<const MachRegion<const std::byte>>(
      *std::move(entry), *std::move(mapping)));
}

}  // namespace

absl::StatusOr<SharedMemory> SharedMemory::CopyOf(
    std::span<const std::byte> bytes) {
  return Create(bytes.size(), [bytes](std::span<std::byte> block) {
    std::memcpy(block.data(), bytes.data(), bytes.size());
  });
}

absl::StatusOr<SharedMemory> SharedMemory::Create(std::size_t size,
                                                  Filler fill) {
  if (size == 0) return SharedMemory();
  return OrOutOfMemory([size, fill] { return NewSharedMemory(size, fill); });
}

}  // namespace ipc_channel::transport
