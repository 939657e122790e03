#ifndef IPC_CHANNEL_EXAMPLES_SANDBOX_LANDLOCK_H_
#define IPC_CHANNEL_EXAMPLES_SANDBOX_LANDLOCK_H_

namespace sandbox {

// Takes from this thread and what it starts, for good, the right to open, make,
// remove or execute files anywhere, by Landlock (Linux 5.13). What is open
// stays usable. Needs no privileges, but ForbidNewPrivileges() before
// (privileges.h). False where the kernel has no Landlock. Does not block.
bool ForbidAllPaths();

}  // namespace sandbox

#endif  // IPC_CHANNEL_EXAMPLES_SANDBOX_LANDLOCK_H_
