#ifndef IPC_CHANNEL_TESTING_INTERNAL_SYSCALL_REGISTERS_H_
#define IPC_CHANNEL_TESTING_INTERNAL_SYSCALL_REGISTERS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/types.h>

namespace ipc_channel_testing::internal {

// For the tracer of `pid`, which is stopped where it enters a system call: it
// is not to make that call. False if the system does not do that.
bool SkipSyscall(pid_t pid);

// For the same where it leaves the call: what it sees of it is the error.
bool SetSyscallError(pid_t pid, int error);

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_INTERNAL_SYSCALL_REGISTERS_H_
