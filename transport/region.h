#ifndef IPC_CHANNEL_TRANSPORT_REGION_H_
#define IPC_CHANNEL_TRANSPORT_REGION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>
#include <span>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// What a back end puts behind a handle of memory: bytes that nobody can move or
// take away as long as the object lives. Whether anybody can change them is a
// matter of the handle. The object itself is immutable, hence thread-safe.
template <class Byte>
class BasicRegion {
 public:
  virtual ~BasicRegion() = default;
  BasicRegion(const BasicRegion&) = delete;
  BasicRegion& operator=(const BasicRegion&) = delete;

  std::span<Byte> bytes() const { return bytes_; }

  // The descriptor that stands for the region in a message to another process;
  // not valid where the region cannot leave this one.
  virtual BorrowedFd descriptor() const = 0;

 protected:
  explicit BasicRegion(std::span<Byte> bytes) : bytes_(bytes) {}

 private:
  std::span<Byte> bytes_;
};

using Region = BasicRegion<const std::byte>;
using WritableRegion = BasicRegion<std::byte>;
using RegionPtr = std::shared_ptr<const Region>;
using WritableRegionPtr = std::shared_ptr<const WritableRegion>;

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_REGION_H_
