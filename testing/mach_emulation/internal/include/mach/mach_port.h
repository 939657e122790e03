#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_PORT_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_PORT_H_

// Names and rights of a task.

#include <mach/message.h>
#include <mach/vm_types.h>

extern "C" {

kern_return_t mach_port_names(ipc_space_t task, mach_port_name_array_t* names,
                              mach_msg_type_number_t* names_count,
                              mach_port_type_array_t* types,
                              mach_msg_type_number_t* types_count);
kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name,
                             mach_port_type_t* type);
kern_return_t mach_port_allocate(ipc_space_t task, mach_port_right_t right,
                                 mach_port_name_t* name);
kern_return_t mach_port_destroy(ipc_space_t task, mach_port_name_t name);
kern_return_t mach_port_deallocate(ipc_space_t task, mach_port_name_t name);
kern_return_t mach_port_get_refs(ipc_space_t task, mach_port_name_t name,
                                 mach_port_right_t right,
                                 mach_port_urefs_t* refs);
kern_return_t mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
                                 mach_port_right_t right,
                                 mach_port_delta_t delta);
kern_return_t mach_port_insert_right(ipc_space_t task, mach_port_name_t name,
                                     mach_port_t right,
                                     mach_msg_type_name_t disposition);
kern_return_t mach_port_extract_right(ipc_space_t task, mach_port_name_t name,
                                      mach_msg_type_name_t disposition,
                                      mach_port_t* right,
                                      mach_msg_type_name_t* type);
kern_return_t mach_port_move_member(ipc_space_t task, mach_port_name_t member,
                                    mach_port_name_t after);
kern_return_t mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
                                      mach_port_name_t set);
kern_return_t mach_port_extract_member(ipc_space_t task, mach_port_name_t name,
                                       mach_port_name_t set);
kern_return_t mach_port_get_set_status(ipc_space_t task, mach_port_name_t set,
                                       mach_port_name_array_t* members,
                                       mach_msg_type_number_t* count);
kern_return_t mach_port_get_attributes(ipc_space_t task, mach_port_name_t name,
                                       mach_port_flavor_t flavor,
                                       mach_port_info_t info,
                                       mach_msg_type_number_t* count);
kern_return_t mach_port_set_attributes(ipc_space_t task, mach_port_name_t name,
                                       mach_port_flavor_t flavor,
                                       mach_port_info_t info,
                                       mach_msg_type_number_t count);
kern_return_t mach_port_request_notification(
    ipc_space_t task, mach_port_name_t name, mach_msg_id_t notification,
    mach_port_mscount_t sync, mach_port_t notify,
    mach_msg_type_name_t disposition, mach_port_t* previous);
kern_return_t mach_port_construct(ipc_space_t task,
                                  mach_port_options_ptr_t options,
                                  mach_port_context_t context,
                                  mach_port_name_t* name);
kern_return_t mach_port_destruct(ipc_space_t task, mach_port_name_t name,
                                 mach_port_delta_t srdelta,
                                 mach_port_context_t guard);
kern_return_t mach_port_guard(ipc_space_t task, mach_port_name_t name,
                              mach_port_context_t guard, boolean_t strict);
kern_return_t mach_port_unguard(ipc_space_t task, mach_port_name_t name,
                                mach_port_context_t guard);
kern_return_t mach_port_kobject(ipc_space_inspect_t task, mach_port_name_t name,
                                natural_t* type, mach_vm_address_t* address);
}

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_PORT_H_
