#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_SELF_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_SELF_H_

// Tasks here can only act on themselves.

#include <mach/mach_init.h>
#include <mach/port.h>

namespace ipc_channel_testing::mach_emulation {

inline bool IsSelf(mach_port_t task) { return task == mach_task_self(); }

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_SELF_H_
