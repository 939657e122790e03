#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach/vm_region.h>

#include <cstddef>

#include "ipc_channel/testing/mappings.h"

namespace ipc_channel_testing {
namespace {

// What the system maps for everybody is a map of its own, and not looked into.
template <class Condition>
std::size_t CountIf(Condition condition) {
  std::size_t count = 0;
  mach_vm_address_t address = 0;
  for (;;) {
    mach_vm_size_t size = 0;
    natural_t depth = 0;
    vm_region_submap_info_data_64_t region;
    mach_msg_type_number_t words = VM_REGION_SUBMAP_INFO_COUNT_64;
    if (mach_vm_region_recurse(
            mach_task_self(), &address, &size, &depth,
            reinterpret_cast<vm_region_recurse_info_t>(&region),
            &words) != KERN_SUCCESS) {
      return count;
    }
    if (region.is_submap == 0 && condition(region)) ++count;
    address += size;
  }
}

}  // namespace

std::size_t CountMappings() {
  return CountIf([](const vm_region_submap_info_data_64_t&) { return true; });
}

std::size_t CountMappedObjects() {
  return CountIf([](const vm_region_submap_info_data_64_t& region) {
    return region.share_mode == SM_SHARED || region.share_mode == SM_TRUESHARED;
  });
}

}  // namespace ipc_channel_testing
