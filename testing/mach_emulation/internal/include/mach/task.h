#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_TASK_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_TASK_H_

// What a task hands down to its children.

#include <mach/message.h>
#include <mach/task_special_ports.h>

extern "C" {

kern_return_t task_get_special_port(task_inspect_t task, int which,
                                    mach_port_t* port);
kern_return_t task_set_special_port(task_t task, int which, mach_port_t port);
kern_return_t mach_ports_register(task_t task, mach_port_array_t ports,
                                  mach_msg_type_number_t count);
kern_return_t mach_ports_lookup(task_t task, mach_port_array_t* ports,
                                mach_msg_type_number_t* count);
}

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_TASK_H_
