#ifndef IPC_CHANNEL_TRANSPORT_MACH_VM_REGION_H_
#define IPC_CHANNEL_TRANSPORT_MACH_VM_REGION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/statusor.h"

namespace ipc_channel::transport::mach_backend {

// The owner of a range of this process's memory that the kernel gave, or of
// none: what was allocated, mapped, or came with a message. Deallocates it.
// Move-only; thread-compatible.
class VmRegion {
 public:
  VmRegion() = default;
  // Takes over the pages that [address, address + size) touches.
  VmRegion(mach_vm_address_t address, mach_vm_size_t size)
      : address_(address), size_(size) {}
  VmRegion(VmRegion&& other) noexcept
      : address_(other.address_), size_(std::exchange(other.size_, 0)) {}
  VmRegion& operator=(VmRegion&& other) noexcept {
    VmRegion taken(std::move(other));
    std::swap(address_, taken.address_);
    std::swap(size_, taken.size_);
    return *this;
  }
  VmRegion(const VmRegion&) = delete;
  VmRegion& operator=(const VmRegion&) = delete;
  ~VmRegion();

  // Zeroed memory of this process alone. RESOURCE_EXHAUSTED.
  static absl::StatusOr<VmRegion> Allocate(std::size_t size);

  mach_vm_address_t address() const { return address_; }
  mach_vm_size_t size() const { return size_; }
  std::span<std::byte> bytes() const {
    return {reinterpret_cast<std::byte*>(address_),
            static_cast<std::size_t>(size_)};
  }

 private:
  mach_vm_address_t address_ = 0;
  mach_vm_size_t size_ = 0;
};

// True if every page of `bytes` is memory and nothing else: no file, which
// somebody could cut off under a reader's feet (SIGBUS), nor anything that
// another process has to supply when it is read (external_pager in
// vm_region_submap_info_64, set in osfmk/vm/vm_map.c, vm_map_region_walk()).
bool IsAnonymous(std::span<const std::byte> bytes);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_VM_REGION_H_
