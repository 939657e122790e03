#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SERVERS_BOOTSTRAP_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SERVERS_BOOTSTRAP_H_

// launchd's names of services.

#include <mach/mach_init.h>
#include <mach/message.h>

#define BOOTSTRAP_MAX_NAME_LEN 128

typedef char name_t[BOOTSTRAP_MAX_NAME_LEN];

#define BOOTSTRAP_SUCCESS 0
#define BOOTSTRAP_NOT_PRIVILEGED 1100
#define BOOTSTRAP_NAME_IN_USE 1101
#define BOOTSTRAP_UNKNOWN_SERVICE 1102
#define BOOTSTRAP_SERVICE_ACTIVE 1103
#define BOOTSTRAP_BAD_COUNT 1104
#define BOOTSTRAP_NO_MEMORY 1105
#define BOOTSTRAP_NO_CHILDREN 1106

extern "C" {

kern_return_t bootstrap_register(mach_port_t bootstrap, name_t service_name,
                                 mach_port_t service);
kern_return_t bootstrap_register2(mach_port_t bootstrap, name_t service_name,
                                  mach_port_t service, uint64_t flags);
kern_return_t bootstrap_check_in(mach_port_t bootstrap,
                                 const name_t service_name,
                                 mach_port_t* service);
kern_return_t bootstrap_look_up(mach_port_t bootstrap,
                                const name_t service_name,
                                mach_port_t* service);
const char* bootstrap_strerror(kern_return_t error);
}

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SERVERS_BOOTSTRAP_H_
