#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_SERVER_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_SERVER_H_

// The emulated kernel's process: a command is run in another one, with the
// kernel for it and all that it starts.

#include <sys/types.h>

#include <string>
#include <vector>

namespace ipc_channel_testing::mach_emulation {

// Runs `command` (a program found in PATH and its arguments, closed by a null
// pointer) and serves it until it ends. Returns the code to exit with; if a
// signal has killed it, kills this process by the same one. 126 if there is no
// kernel for it, 127 if it cannot be started; stderr says why.
int RunUnderKernel(char** command, const std::vector<std::string>& services);

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_SERVER_H_
