#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_FILEPORT_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_FILEPORT_H_

// Send rights that stand for file descriptors.

#include <mach/port.h>

typedef mach_port_t fileport_t;
#define FILEPORT_NULL ((fileport_t)0)

extern "C" {

int fileport_makeport(int fd, fileport_t* port);
int fileport_makefd(fileport_t port);
}

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_FILEPORT_H_
