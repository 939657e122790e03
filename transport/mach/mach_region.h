#ifndef IPC_CHANNEL_TRANSPORT_MACH_MACH_REGION_H_
#define IPC_CHANNEL_TRANSPORT_MACH_MACH_REGION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/vm_region.h"
#include "ipc_channel/transport/region.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {

// What stands for a region in a message to another process.
class HasEntry {
 public:
  // Without a valid entry the region cannot leave this process as memory.
  explicit HasEntry(SendRight entry) : entry_(std::move(entry)) {}
  const SendRight& entry() const { return entry_; }

 protected:
  ~HasEntry() = default;

 private:
  const SendRight entry_;
};

// A mapped memory entry, or memory that came with a message and has none.
// Immutable, hence thread-safe.
template <class Byte>
class MachRegion final : public BasicRegion<Byte>, public HasEntry {
 public:
  MachRegion(SendRight entry, VmRegion mapping)
      : BasicRegion<Byte>(mapping.bytes()),
        HasEntry(std::move(entry)),
        mapping_(std::move(mapping)) {}

  BorrowedFd descriptor() const override { return BorrowedFd(); }

 private:
  const VmRegion mapping_;
};

// The region of an entry that a peer sent, said to have `size` bytes (not 0).
// DATA_LOSS if it has not, or if its pages are not memory alone.
//
// As immutable memory it is a snapshot, since no kernel seals a Mach entry:
// whoever still could write to it would write to his own pages.
absl::StatusOr<RegionPtr> ImmutableRegionOf(SendRight entry, std::size_t size);
// DATA_LOSS for an entry that allows writing, too: it would be handed on so.
absl::StatusOr<RegionPtr> ReadOnlyRegionOf(SendRight entry, std::size_t size);
absl::StatusOr<WritableRegionPtr> MutableRegionOf(SendRight entry,
                                                  std::size_t size);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_MACH_REGION_H_
