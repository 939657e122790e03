#ifndef IPC_CHANNEL_TRANSPORT_MUTABLE_MEMORY_H_
#define IPC_CHANNEL_TRANSPORT_MUTABLE_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/racy_copy.h"
#include "ipc_channel/transport/region.h"

namespace ipc_channel::transport {

// A block of memory that travels in messages and that every holder in every
// process reads and writes. It never changes its size, so that no access runs
// beyond its end.
//
// All holders are equal: whoever has it can write at any time, for ever, and
// can hand it on to others who then can, too. There is no read-only view of it
// to hand on: the system would let the receiver open it anew for writing. For
// memory that others only read there is read_only_memory.h.
//
// So nothing read here stays true. Read it with CopyOut() and check the copy;
// or with atomics, each place once, believing none of what they give. A value
// in the memory that is checked and then read again is a hole for an attacker;
// plain reads and writes are also a data race unless something orders them (a
// message, say, between holders who trust each other). Among holders who do not
// trust each other, what others see of one's own writes is what the last writer
// left.
//
// On Linux a holder can also turn pages back into zeros (PUNCH_HOLE), as can
// the sender before it is received. The memory for them is then charged to
// whoever touches them next; with vm.overcommit_memory=2 and all commit used up
// that is SIGBUS (docs/threat_model.md).
//
// A value type that shares the block: copies are cheap, and the memory goes
// with the last of them in the last process. Thread-compatible; a const object
// too can be written through, and CopyIn() and CopyOut() may run at the same
// time anywhere. Costs one descriptor and one mapping while held; the empty
// block costs nothing. Forked children inherit the mapping.
class MutableMemory {
 public:
  // The empty block.
  MutableMemory() = default;
  // For back ends. Null gives the empty block.
  explicit MutableMemory(WritableRegionPtr region)
      : region_(std::move(region)) {}

  // A block of `size` bytes, zeroed, all of it backed by memory from the
  // beginning. Does not wait for any peer. RESOURCE_EXHAUSTED without memory or
  // descriptors, or where a system or a sandbox gives no shared memory
  // (memfd_create); OUT_OF_RANGE over kMaxMutableMemoryBytes (limits.h) or the
  // process's file size limit (RLIMIT_FSIZE).
  static absl::StatusOr<MutableMemory> Create(std::size_t size);

  std::size_t size() const { return bytes().size(); }

  // The memory itself, aligned to 16. Valid as long as this object or a copy of
  // it lives.
  std::span<std::byte> bytes() const {
    return region_ == nullptr ? std::span<std::byte>() : region_->bytes();
  }

  // Copies the bytes from `offset` to `out`, each read once; what others write
  // meanwhile is seen in part or not at all (racy_copy.h). INVALID_ARGUMENT,
  // with nothing copied, if that is not all within the block.
  absl::Status CopyOut(std::size_t offset, std::span<std::byte> out) const {
    return RacyCopyOut(bytes(), offset, out);
  }
  // The same from `in` to the block.
  absl::Status CopyIn(std::size_t offset, std::span<const std::byte> in) const {
    return RacyCopyIn(bytes(), offset, in);
  }

  // For back ends.
  const WritableRegionPtr& region() const { return region_; }

 private:
  WritableRegionPtr region_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_MUTABLE_MEMORY_H_
