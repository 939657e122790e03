#ifndef IPC_CHANNEL_TRANSPORT_READ_ONLY_MEMORY_H_
#define IPC_CHANNEL_TRANSPORT_READ_ONLY_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/racy_copy.h"
#include "ipc_channel/transport/region.h"

namespace ipc_channel::transport {

// A block of memory that travels in messages, which its maker writes and
// everybody who holds it only reads. Read-only it is handed on, and cannot be
// otherwise: the kernel lets nobody write to it or map it for writing again,
// however the holder opens it. It never changes its size.
//
// Its maker may write at any time as long as the MemoryWriter lives, which no
// reader is told. So, unless that one is trusted: read it with CopyOut() and
// check the copy; or with atomics, each place once. Plain reads are a data race
// unless something orders them (a message that says "written", say). What shall
// never change is SharedMemory.
//
// A value type that shares the block: copies are cheap, and the memory goes
// with the last of them, and the writer, in the last process.
// Thread-compatible; CopyOut() may run at any time. Costs one descriptor and
// one mapping while held; the empty block costs nothing.
class ReadOnlyMemory {
 public:
  // The empty block.
  ReadOnlyMemory() = default;
  // For back ends. Null gives the empty block.
  explicit ReadOnlyMemory(RegionPtr region) : region_(std::move(region)) {}

  std::size_t size() const { return bytes().size(); }

  // The memory itself, aligned to 16. Valid as long as this object or a copy of
  // it lives.
  std::span<const std::byte> bytes() const {
    return region_ == nullptr ? std::span<const std::byte>() : region_->bytes();
  }

  // Copies the bytes from `offset` to `out`, each read once; what the writer
  // changes meanwhile is seen in part or not at all (racy_copy.h).
  // INVALID_ARGUMENT, with nothing copied, if that is not all within the block.
  absl::Status CopyOut(std::size_t offset, std::span<std::byte> out) const {
    return RacyCopyOut(bytes(), offset, out);
  }

  // For back ends.
  const RegionPtr& region() const { return region_; }

 private:
  RegionPtr region_;
};

// The one mapping through which a block of ReadOnlyMemory is written. Stays in
// the process that made it: it cannot be sent, and forked children do not
// inherit it (touching it there is SIGSEGV). Once it is destroyed nobody can
// write any more; readers keep the block as it is then.
//
// Move-only; thread-compatible, and CopyIn() may run at any time. Costs one
// mapping and no descriptor.
class MemoryWriter {
 public:
  // The writer of the empty block.
  MemoryWriter() = default;
  // For back ends. Null gives the empty block.
  explicit MemoryWriter(WritableRegionPtr region)
      : region_(std::move(region)) {}
  MemoryWriter(MemoryWriter&&) = default;
  MemoryWriter& operator=(MemoryWriter&&) = default;

  std::size_t size() const { return bytes().size(); }

  // The memory itself, aligned to 16. Valid as long as this object lives.
  std::span<std::byte> bytes() const {
    return region_ == nullptr ? std::span<std::byte>() : region_->bytes();
  }

  // Copies `in` to the block from `offset`, while others may read it.
  // INVALID_ARGUMENT, with nothing copied, if that is not all within the block.
  absl::Status CopyIn(std::size_t offset, std::span<const std::byte> in) const {
    return RacyCopyIn(bytes(), offset, in);
  }

 private:
  WritableRegionPtr region_;
};

// The two sides of one block.
struct WriterAndMemory {
  MemoryWriter writer;
  ReadOnlyMemory memory;
};

// A new block of `size` bytes, zeroed, all of it backed by memory from the
// beginning. Does not wait for any peer. RESOURCE_EXHAUSTED without memory or
// descriptors, or from a system or a sandbox that cannot make such memory
// (Linux before 5.1; no memfd_create); OUT_OF_RANGE over the process's file
// size limit (RLIMIT_FSIZE).
absl::StatusOr<WriterAndMemory> CreateReadOnlyMemory(std::size_t size);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_READ_ONLY_MEMORY_H_
