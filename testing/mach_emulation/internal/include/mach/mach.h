#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_H_

// All of the interface but <mach/mach_vm.h>, <mach/notify.h> and
// <mach/mach_error.h>.
//
// The headers in this folder declare, under Apple's names, what the back end
// over Mach ports uses, and no more. They are written for this project:
// testing/mach_emulation/abi_check.cc holds their values and layouts against
// those that Apple documents.

#include <mach/kern_return.h>
#include <mach/mach_init.h>
#include <mach/mach_port.h>
#include <mach/message.h>
#include <mach/port.h>
#include <mach/task.h>
#include <mach/vm_map.h>
#include <mach/vm_region.h>
#include <mach/vm_types.h>

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_MACH_H_
