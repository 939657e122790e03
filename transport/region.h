#ifndef IPC_CHANNEL_TRANSPORT_REGION_H_
#define IPC_CHANNEL_TRANSPORT_REGION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>
#include <span>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// What a back end puts behind SharedMemory: bytes that nobody can change, move
// or take away as long as the object lives. Immutable, hence thread-safe.
class Region {
 public:
  virtual ~Region() = default;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

  // The descriptor that stands for the region in a message to another process;
  // not valid where the region cannot leave this one.
  virtual BorrowedFd descriptor() const = 0;

 protected:
  explicit Region(std::span<const std::byte> bytes) : bytes_(bytes) {}

 private:
  std::span<const std::byte> bytes_;
};

using RegionPtr = std::shared_ptr<const Region>;

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_REGION_H_
