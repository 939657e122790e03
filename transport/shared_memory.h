#ifndef IPC_CHANNEL_TRANSPORT_SHARED_MEMORY_H_
#define IPC_CHANNEL_TRANSPORT_SHARED_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/region.h"

namespace ipc_channel::transport {

// An immutable block of memory that travels in messages without being copied:
// every process that receives it maps the same pages, read-only. Once made it
// is sealed, so that neither its maker nor any receiver can write, shrink or
// grow it; reading it is safe whatever another process does. Where a system or
// a sandbox has no memory that can be sealed (memfd_create), the block is this
// process's own, costs no descriptor, and is copied into each message instead
// (then of 1 GiB at most).
//
// A value type that shares the block: copies are cheap, and the memory goes
// with the last of them in the last process. Thread-compatible, and the bytes
// are safe to read from any thread. Costs one descriptor and one mapping while
// held; the empty block costs nothing.
class SharedMemory {
 public:
  // Fills the block; called once, with all of it, zeroed.
  using Filler = absl::FunctionRef<void(std::span<std::byte>)>;

  // The empty block.
  SharedMemory() = default;
  // For back ends. Null gives the empty block.
  explicit SharedMemory(RegionPtr region) : region_(std::move(region)) {}

  // A block with a copy of `bytes`. Does not wait for any peer.
  // RESOURCE_EXHAUSTED without memory or descriptors; OUT_OF_RANGE over the
  // process's file size limit (RLIMIT_FSIZE).
  static absl::StatusOr<SharedMemory> CopyOf(std::span<const std::byte> bytes);

  // A block of `size` bytes written in place by `fill`, which is not called for
  // a size of 0. Codes as above.
  static absl::StatusOr<SharedMemory> Create(std::size_t size, Filler fill);

  // Valid as long as this object or a copy of it lives.
  std::span<const std::byte> bytes() const {
    return region_ == nullptr ? std::span<const std::byte>() : region_->bytes();
  }

  std::size_t size() const { return bytes().size(); }

  // For back ends.
  const RegionPtr& region() const { return region_; }

 private:
  RegionPtr region_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_SHARED_MEMORY_H_
