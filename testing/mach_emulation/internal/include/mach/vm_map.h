#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_VM_MAP_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_VM_MAP_H_

// Memory of a task, and entries: rights to memory.

#include <mach/kern_return.h>
#include <mach/memory_object_types.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <mach/vm_statistics.h>
#include <mach/vm_types.h>

extern "C" {

kern_return_t vm_allocate(vm_map_t task, vm_address_t* address, vm_size_t size,
                          int flags);
kern_return_t vm_deallocate(vm_map_t task, vm_address_t address,
                            vm_size_t size);
kern_return_t vm_protect(vm_map_t task, vm_address_t address, vm_size_t size,
                         boolean_t set_maximum, vm_prot_t protection);
kern_return_t vm_map(vm_map_t task, vm_address_t* address, vm_size_t size,
                     vm_address_t mask, int flags, mem_entry_name_port_t object,
                     vm_offset_t offset, boolean_t copy,
                     vm_prot_t cur_protection, vm_prot_t max_protection,
                     vm_inherit_t inheritance);
kern_return_t vm_remap(vm_map_t target, vm_address_t* address, vm_size_t size,
                       vm_address_t mask, int flags, vm_map_t source,
                       vm_address_t source_address, boolean_t copy,
                       vm_prot_t* cur_protection, vm_prot_t* max_protection,
                       vm_inherit_t inheritance);
kern_return_t mach_make_memory_entry_64(vm_map_t task,
                                        memory_object_size_t* size,
                                        memory_object_offset_t offset,
                                        vm_prot_t permission,
                                        mem_entry_name_port_t* entry,
                                        mem_entry_name_port_t parent);
}

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_VM_MAP_H_
