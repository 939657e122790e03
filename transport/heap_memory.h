#ifndef IPC_CHANNEL_TRANSPORT_HEAP_MEMORY_H_
#define IPC_CHANNEL_TRANSPORT_HEAP_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "ipc_channel/transport/region.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// Memory of this process alone. Shared by the regions that show it.
using HeapBytes = std::shared_ptr<std::byte[]>;

// `size` zeroed bytes, or null if there is no memory.
inline HeapBytes NewHeapBytes(std::size_t size) {
  return HeapBytes(new (std::nothrow) std::byte[size]());
}

// A region in it, for reading (Region) or writing too (WritableRegion).
// Thread-safe.
template <class Byte>
class HeapRegion final : public BasicRegion<Byte> {
 public:
  HeapRegion(HeapBytes bytes, std::size_t size)
      : BasicRegion<Byte>({bytes.get(), size}), bytes_(std::move(bytes)) {}

  BorrowedFd descriptor() const override { return BorrowedFd(); }

 private:
  HeapBytes bytes_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_HEAP_MEMORY_H_
