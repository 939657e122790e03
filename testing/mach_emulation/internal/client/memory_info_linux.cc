// What is known of memory, and reading it without touching it: the calls of
// <mach/mach_vm.h> that look at what somebody else may have made.

#include <mach/mach_init.h>
#include <mach/mach_vm.h>
#include <sys/uio.h>
#include <unistd.h>

#include <optional>

#include "ipc_channel/testing/mach_emulation/internal/client/mappings.h"
#include "ipc_channel/testing/mach_emulation/internal/client/self.h"

using ipc_channel_testing::mach_emulation::FindMapping;
using ipc_channel_testing::mach_emulation::IsSelf;
using ipc_channel_testing::mach_emulation::Mapping;

kern_return_t mach_vm_region_recurse(vm_map_t task, mach_vm_address_t* address,
                                     mach_vm_size_t* size,
                                     natural_t* nesting_depth,
                                     vm_region_recurse_info_t info,
                                     mach_msg_type_number_t* info_count) {
  if (!IsSelf(task) || *info_count < VM_REGION_SUBMAP_INFO_COUNT_64) {
    return KERN_INVALID_ARGUMENT;
  }
  const std::optional<Mapping> mapping = FindMapping(*address);
  if (!mapping.has_value()) return KERN_INVALID_ADDRESS;
  *address = mapping->begin;
  *size = mapping->end - mapping->begin;
  *nesting_depth = 0;
  auto* out = reinterpret_cast<vm_region_submap_info_data_64_t*>(info);
  *out = {};
  out->protection = mapping->protection;
  out->max_protection = VM_PROT_ALL;
  out->external_pager = mapping->is_file() ? 1 : 0;
  return KERN_SUCCESS;
}

kern_return_t mach_vm_read_overwrite(vm_map_t task, mach_vm_address_t address,
                                     mach_vm_size_t size,
                                     mach_vm_address_t data,
                                     mach_vm_size_t* copied) {
  if (!IsSelf(task)) return KERN_INVALID_ARGUMENT;
  *copied = 0;
  while (*copied < size) {
    const iovec to = {.iov_base = reinterpret_cast<void*>(data + *copied),
                      .iov_len = size - *copied};
    const iovec from = {.iov_base = reinterpret_cast<void*>(address + *copied),
                        .iov_len = size - *copied};
    const ssize_t read = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
    if (read <= 0) return KERN_INVALID_ADDRESS;
    *copied += static_cast<mach_vm_size_t>(read);
  }
  return KERN_SUCCESS;
}
