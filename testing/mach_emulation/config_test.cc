#include <mach/mach.h>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// Nobody but the configuration has started a kernel for it.
TEST(ConfigTest, EveryTestHasAKernel) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 1);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
