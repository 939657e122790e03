#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_ERROR_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_ERROR_H_

// Words for results.

#include <mach/kern_return.h>

typedef kern_return_t mach_error_t;

extern "C" char* mach_error_string(mach_error_t error);

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_ERROR_H_
