#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_VM_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_VM_H_

// Memory of a task, with addresses of 64 bits.

#include <mach/message.h>
#include <mach/vm_map.h>
#include <mach/vm_region.h>

extern "C" {

kern_return_t mach_vm_allocate(vm_map_t task, mach_vm_address_t* address,
                               mach_vm_size_t size, int flags);
kern_return_t mach_vm_deallocate(vm_map_t task, mach_vm_address_t address,
                                 mach_vm_size_t size);
kern_return_t mach_vm_protect(vm_map_t task, mach_vm_address_t address,
                              mach_vm_size_t size, boolean_t set_maximum,
                              vm_prot_t protection);
kern_return_t mach_vm_map(vm_map_t task, mach_vm_address_t* address,
                          mach_vm_size_t size, mach_vm_offset_t mask, int flags,
                          mem_entry_name_port_t object,
                          memory_object_offset_t offset, boolean_t copy,
                          vm_prot_t cur_protection, vm_prot_t max_protection,
                          vm_inherit_t inheritance);
kern_return_t mach_vm_remap(vm_map_t target, mach_vm_address_t* address,
                            mach_vm_size_t size, mach_vm_offset_t mask,
                            int flags, vm_map_t source,
                            mach_vm_address_t source_address, boolean_t copy,
                            vm_prot_t* cur_protection,
                            vm_prot_t* max_protection,
                            vm_inherit_t inheritance);
kern_return_t mach_vm_read_overwrite(vm_map_t task, mach_vm_address_t address,
                                     mach_vm_size_t size,
                                     mach_vm_address_t data,
                                     mach_vm_size_t* copied);
kern_return_t mach_vm_region_recurse(vm_map_t task, mach_vm_address_t* address,
                                     mach_vm_size_t* size,
                                     natural_t* nesting_depth,
                                     vm_region_recurse_info_t info,
                                     mach_msg_type_number_t* info_count);
}

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_VM_H_
