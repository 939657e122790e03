#ifndef IPC_CHANNEL_TRANSPORT_UNIX_DENY_SYSCALLS_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_DENY_SYSCALLS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <initializer_list>

namespace ipc_channel::transport::unix_backend {

// For tests: from now on the system calls `numbers` (SYS_...) fail with
// `errno_value` in this thread, in the threads it starts and in its children,
// as an old kernel or a sandbox would have it. There is no way back. False if
// the system does not do that.
bool DenySyscalls(std::initializer_list<int> numbers, int errno_value);

// For tests: the same for sendmsg() to the descriptor `number`, and to no
// other.
bool DenySendingTo(int number, int errno_value);

// For tests: no memfd_create, and no send buffers but of the default size, so
// that a few hundred kilobytes take more than one socket.
bool DenyMemfdAndLargeBuffers(int errno_value);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_DENY_SYSCALLS_H_
