#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PROCESS_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PROCESS_H_

// Processes as descriptors.

#include <sys/types.h>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"

namespace ipc_channel_testing::mach_emulation {

// Readable once the process has ended. Not valid, with errno, if there is none,
// or no descriptor.
UniqueFd OpenProcess(pid_t pid);

// True of a zombie, too.
bool HasEnded(const UniqueFd& process);

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PROCESS_H_
