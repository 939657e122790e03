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

struct GuardedMessage {
  mach_msg_header_t header;
  mach_msg_body_t body;
  mach_msg_guarded_port_descriptor_t port;
  mach_msg_max_trailer_t trailer;
};

mach_msg_return_t GiveGuarded(mach_port_t to, mach_port_t port,
                              mach_msg_guard_flags_t flags) {
  GuardedMessage message = {HeaderTo(to, 1), {1}, {}, {}};
  message.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  message.port.context =
      flags == MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND ? 0 : kGuard;
  message.port.flags = flags;
  message.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
  message.port.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
  message.port.name = port;
  return mach_msg(&message.header, MACH_SEND_MSG,
                  sizeof(message) - sizeof(message.trailer), 0, 0, 0, 0);
}

TEST(GuardsTest, AGuardedDescriptorArrivesAsSuchAndIsDestroyedWithItsMessage) {
  const mach_port_t to = NewPortWithSend();
  for (const mach_msg_guard_flags_t flags :
       {MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE,
        MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND}) {
    const mach_port_t port = NewPort();
    ASSERT_EQ(GiveGuarded(to, port, flags), MACH_MSG_SUCCESS);
    EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_NONE);
    GuardedMessage message = {};
    ASSERT_EQ(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), to, 0,
                       MACH_PORT_NULL),
              MACH_MSG_SUCCESS);
    EXPECT_EQ(unsigned{message.port.type}, MACH_MSG_GUARDED_PORT_DESCRIPTOR);
    EXPECT_EQ(unsigned{message.port.flags}, flags);
    EXPECT_EQ(TypeOf(message.port.name), MACH_PORT_TYPE_RECEIVE);
    EXPECT_EQ((StatusOf(message.port.name).mps_flags &
               MACH_PORT_STATUS_FLAG_GUARDED) != 0,
              flags == MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE);
    mach_msg_destroy(&message.header);
    EXPECT_EQ(TypeOf(message.port.name), MACH_PORT_TYPE_NONE);
  }
}

TEST(GuardsTest, AGuardedDescriptorWithoutFlagsIsRefused) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPort();
  EXPECT_EQ(GiveGuarded(to, port, MACH_MSG_GUARD_FLAGS_NONE),
            MACH_SEND_INVALID_TYPE);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_RECEIVE);
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
