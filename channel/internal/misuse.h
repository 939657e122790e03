#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_MISUSE_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_MISUSE_H_

#include "ipc_channel/platforms/cxx20.h"

namespace ipc_channel::internal {

// For calls that a contract forbids and that nothing good can come of: says
// `sentence` on standard error and ends the program. Thread-safe.
[[noreturn]] void StopForMisuse(const char* sentence);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_MISUSE_H_
