#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_LAUNCHD_CALLS_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_LAUNCHD_CALLS_H_

// Short words for launchd's calls, like those of semantics.h.

#include <mach/mach.h>
#include <servers/bootstrap.h>

#include <cstring>

#include "gtest/gtest.h"

namespace ipc_channel_testing::mach_emulation {

inline kern_return_t Register(const char* name, mach_port_t port) {
  name_t copy = {};
  std::strncpy(copy, name, sizeof(copy) - 1);
  return bootstrap_register(bootstrap_port, copy, port);
}

inline mach_port_t LookUp(const char* name) {
  mach_port_t port = MACH_PORT_NULL;
  EXPECT_EQ(bootstrap_look_up(bootstrap_port, name, &port), BOOTSTRAP_SUCCESS);
  return port;
}

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_LAUNCHD_CALLS_H_
