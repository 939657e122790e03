#ifndef IPC_CHANNEL_TRANSPORT_MACH_MEMORY_ENTRY_H_
#define IPC_CHANNEL_TRANSPORT_MACH_MEMORY_ENTRY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/vm_region.h"

namespace ipc_channel::transport::mach_backend {

// Memory entries: ports that stand for memory, so that whoever is sent a right
// to one can map it. What an entry allows is the kernel's to enforce: nobody
// maps one for reading only otherwise than for reading.

// A new entry of `size` zeroed bytes, for reading and writing. `size` is not 0.
// RESOURCE_EXHAUSTED.
absl::StatusOr<SendRight> NewMemoryEntry(std::size_t size);

// An entry of the same memory for reading only, of all `size` bytes of `entry`.
absl::StatusOr<SendRight> ReadOnlyEntry(const SendRight& entry,
                                        std::size_t size);

enum class MapAs {
  kReadOnly,  // what others write is seen
  kWritable,  // shared with all who map it
  kWriter,    // the same, and forked children do not inherit it
  kSnapshot,  // read-only, and what others write from now on is not seen
};

// Maps the first `size` bytes of `entry`, which may be anybody's: DATA_LOSS if
// it is no entry, smaller, or does not allow that. RESOURCE_EXHAUSTED.
absl::StatusOr<VmRegion> MapEntry(const SendRight& entry, std::size_t size,
                                  MapAs how);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_MEMORY_ENTRY_H_
