#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_INIT_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_INIT_H_

// This task, and the right by which it reaches launchd.

#include <mach/port.h>

extern "C" {

extern mach_port_t mach_task_self_;
extern mach_port_t bootstrap_port;
}

#define mach_task_self() mach_task_self_

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_INIT_H_
