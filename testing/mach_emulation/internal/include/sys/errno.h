#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_ERRNO_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_ERRNO_H_

// The system's numbers, and names that only macOS has, for what it says of
// programs that it cannot run.

#include_next <sys/errno.h>

#define EBADEXEC 1085
#define EBADARCH 1086
#define ESHLIBVERS 1087
#define EBADMACHO 1088

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_ERRNO_H_
