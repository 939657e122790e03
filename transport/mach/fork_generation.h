#ifndef IPC_CHANNEL_TRANSPORT_MACH_FORK_GENERATION_H_
#define IPC_CHANNEL_TRANSPORT_MACH_FORK_GENERATION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>

namespace ipc_channel::transport::mach_backend {

// A number that differs between a process and the children it forks, at any
// depth. A forked child inherits no port rights: the names that lie in its copy
// of memory are nothing there, or are something else's, and must not be used.
// Thread-safe; no system call but the first time.
std::uint32_t ForkGeneration();

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_FORK_GENERATION_H_
