#include <mach/mach.h>
#include <mach/notify.h>
#include <signal.h>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr mach_port_context_t kGuard = 0x1234567890;

mach_port_t Self() { return mach_task_self(); }

mach_port_t NewGuardedPort(unsigned flags = 0) {
  mach_port_options_t options = {};
  options.flags = MPO_CONTEXT_AS_GUARD | MPO_INSERT_SEND_RIGHT | flags;
  mach_port_t port = MACH_PORT_NULL;
  EXPECT_EQ(mach_port_construct(Self(), &options, kGuard, &port), KERN_SUCCESS);
  return port;
}

TEST(GuardsTest, WhoKnowsTheGuardDestroysThePort) {
  const mach_port_t port = NewGuardedPort(MPO_STRICT);
  EXPECT_EQ(StatusOf(port).mps_flags,
            natural_t{MACH_PORT_STATUS_FLAG_GUARDED |
                      MACH_PORT_STATUS_FLAG_STRICT_GUARD});
  EXPECT_EQ(mach_port_destruct(Self(), port, -1, kGuard), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_NONE);
}

TEST(GuardsTest, SendRightsAreNotGuarded) {
  const mach_port_t port = NewGuardedPort();
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(mach_port_destruct(Self(), port, 0, kGuard), KERN_SUCCESS);
}

TEST(GuardsTest, AGuardCanBeSetAndTakenAway) {
  const mach_port_t port = NewPort();
  EXPECT_EQ(mach_port_guard(Self(), port, kGuard, FALSE), KERN_SUCCESS);
  EXPECT_EQ(mach_port_guard(Self(), port, kGuard, FALSE),
            KERN_INVALID_ARGUMENT);
  EXPECT_EQ(mach_port_unguard(Self(), port, kGuard), KERN_SUCCESS);
  EXPECT_EQ(StatusOf(port).mps_flags, 0u);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
}

TEST(GuardsTest, AMoveTakesTheGuardAway) {
  const mach_port_t port = NewGuardedPort();
  const mach_port_t to = NewPortWithSend();
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  EXPECT_EQ(TakeRight(to), port);
  EXPECT_EQ(StatusOf(port).mps_flags, 0u);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
}

// The kernel kills a task that breaks a guard.
using GuardsDeathTest = ::testing::Test;

TEST(GuardsDeathTest, WhoDropsAGuardedRightIsKilled) {
  EXPECT_EXIT(DropReceive(NewGuardedPort()), testing::KilledBySignal(SIGKILL),
              "");
}

TEST(GuardsDeathTest, WhoDestroysAGuardedNameIsKilled) {
  EXPECT_EXIT(mach_port_destroy(Self(), NewGuardedPort()),
              testing::KilledBySignal(SIGKILL), "");
}

TEST(GuardsDeathTest, WhoTakesItForAnotherPortIsKilled) {
  EXPECT_EXIT(mach_port_destruct(Self(), NewGuardedPort(), -1, kGuard + 1),
              testing::KilledBySignal(SIGKILL), "");
}

TEST(GuardsDeathTest, WhoRemovesAGuardThatIsNotThereIsKilled) {
  EXPECT_EXIT(mach_port_unguard(Self(), NewPort(), kGuard),
              testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(mach_port_unguard(Self(), NewGuardedPort(), kGuard + 1),
              testing::KilledBySignal(SIGKILL), "");
}

TEST(GuardsDeathTest, WhoMovesAnImmovableRightIsKilled) {
  EXPECT_EXIT(Give(NewPortWithSend(), NewGuardedPort(MPO_IMMOVABLE_RECEIVE),
                   MACH_MSG_TYPE_MOVE_RECEIVE),
              testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
