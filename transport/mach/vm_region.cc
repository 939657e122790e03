#include "ipc_channel/transport/mach/vm_region.h"

#include <mach/mach_vm.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/kern_status.h"

namespace ipc_channel::transport::mach_backend {
namespace {

// Deeper than maps lie in maps.
constexpr natural_t kDeepest = 1024;

// The end of the pages from `at` that are of one kind; `at` itself if they are
// not memory alone, or not there.
mach_vm_address_t EndOfAnonymous(mach_vm_address_t at) {
  mach_vm_address_t start = at;
  mach_vm_size_t size = 0;
  natural_t depth = kDeepest;
  vm_region_submap_info_data_64_t info = {};
  mach_msg_type_number_t count = VM_REGION_SUBMAP_INFO_COUNT_64;
  const kern_return_t result = ::mach_vm_region_recurse(
      mach_task_self(), &start, &size, &depth,
      reinterpret_cast<vm_region_recurse_info_t>(&info), &count);
  const bool is_anonymous =
      result == KERN_SUCCESS && start <= at && info.external_pager == 0;
  return is_anonymous ? start + size : at;
}

}  // namespace

VmRegion::~VmRegion() {
  if (size_ != 0) ::mach_vm_deallocate(mach_task_self(), address_, size_);
}

absl::StatusOr<VmRegion> VmRegion::Allocate(std::size_t size) {
  mach_vm_address_t address = 0;
  const kern_return_t result =
      ::mach_vm_allocate(mach_task_self(), &address, size, VM_FLAGS_ANYWHERE);
  if (result != KERN_SUCCESS) return KernToStatus(result, "mach_vm_allocate");
  return VmRegion(address, size);
}

bool IsAnonymous(std::span<const std::byte> bytes) {
  auto at = reinterpret_cast<mach_vm_address_t>(bytes.data());
  const mach_vm_address_t end = at + bytes.size();
  while (at < end) {
    const mach_vm_address_t next = EndOfAnonymous(at);
    if (next <= at) return false;
    at = next;
  }
  return true;
}

}  // namespace ipc_channel::transport::mach_backend
