#include "ipc_channel/testing/port_leak_check.h"

#include <mach/mach.h>

#include "gtest/gtest.h"

namespace ipc_channel_testing {
namespace {

mach_port_name_t NewPort() {
  mach_port_name_t port = MACH_PORT_NULL;
  EXPECT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
      KERN_SUCCESS);
  return port;
}

void AddSendRight(mach_port_name_t port) {
  EXPECT_EQ(mach_port_insert_right(mach_task_self(), port, port,
                                   MACH_MSG_TYPE_MAKE_SEND),
            KERN_SUCCESS);
}

void DropReceive(mach_port_name_t port) {
  EXPECT_EQ(
      mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1),
      KERN_SUCCESS);
}

TEST(PortLeakCheckTest, APortThatIsLeftIsALeakUntilItIsGone) {
  const PortLeakCheck check;
  EXPECT_TRUE(check.NoLeak());
  const mach_port_name_t port = NewPort();
  EXPECT_FALSE(check.NoLeak());
  DropReceive(port);
  EXPECT_TRUE(check.NoLeak());
}

TEST(PortLeakCheckTest, ReferencesCountAsDoDeadNamesAndLostRights) {
  const mach_port_name_t port = NewPort();
  AddSendRight(port);
  const PortLeakCheck check;
  AddSendRight(port);
  EXPECT_FALSE(check.NoLeak());
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
  EXPECT_TRUE(check.NoLeak());
  DropReceive(port);
  EXPECT_FALSE(check.NoLeak());
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
  EXPECT_FALSE(check.NoLeak());
}

TEST(PortLeakCheckTest, AnotherNameForTheSameIsNoLeak) {
  const mach_port_name_t port = NewPort();
  const PortLeakCheck check;
  const mach_port_name_t other = NewPort();
  DropReceive(port);
  EXPECT_TRUE(check.NoLeak());
  DropReceive(other);
}

}  // namespace
}  // namespace ipc_channel_testing
