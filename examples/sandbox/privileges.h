#ifndef IPC_CHANNEL_EXAMPLES_SANDBOX_PRIVILEGES_H_
#define IPC_CHANNEL_EXAMPLES_SANDBOX_PRIVILEGES_H_

#include "absl/status/status.h"

namespace sandbox {

// Both are for good, hold for the calling thread and what it starts, and do not
// block. INTERNAL if the system refuses.

// No program that is executed has more rights than who executes it: a filter of
// system calls may be installed without being root.
absl::Status ForbidNewPrivileges();

// Gives up all capabilities: those of root, and those over a user namespace of
// one's own. Needs none.
absl::Status DropCapabilities();

}  // namespace sandbox

#endif  // IPC_CHANNEL_EXAMPLES_SANDBOX_PRIVILEGES_H_
