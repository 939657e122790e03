#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_TASK_SPECIAL_PORTS_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_TASK_SPECIAL_PORTS_H_

// Rights that a task finds with itself when it starts.

#define TASK_BOOTSTRAP_PORT 4
#define TASK_DEBUG_CONTROL_PORT 10

#define task_get_bootstrap_port(task, port) \
  (task_get_special_port((task), TASK_BOOTSTRAP_PORT, (port)))
#define task_set_bootstrap_port(task, port) \
  (task_set_special_port((task), TASK_BOOTSTRAP_PORT, (port)))

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_TASK_SPECIAL_PORTS_H_
