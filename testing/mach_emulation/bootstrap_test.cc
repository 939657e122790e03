#include <mach/mach.h>
#include <mach/notify.h>
#include <servers/bootstrap.h>

#include <cstring>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/mach_emulation/internal/launchd_calls.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

TEST(BootstrapTest, ARegisteredNameIsFoundUntilItIsTakenBack) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Register("test.found", port), BOOTSTRAP_SUCCESS);
  EXPECT_EQ(LookUp("test.found"), port);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 2u);
  EXPECT_EQ(Register("test.found", port), BOOTSTRAP_NAME_IN_USE);
  EXPECT_EQ(Register("test.found", MACH_PORT_NULL), BOOTSTRAP_SUCCESS);
  mach_port_t none;
  EXPECT_EQ(bootstrap_look_up(bootstrap_port, "test.found", &none),
            BOOTSTRAP_UNKNOWN_SERVICE);
  EXPECT_EQ(none, mach_port_t{MACH_PORT_NULL});
}

TEST(BootstrapTest, ANameGoesWithItsPort) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Register("test.dies", port), BOOTSTRAP_SUCCESS);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  mach_port_t none;
  EXPECT_EQ(bootstrap_look_up(bootstrap_port, "test.dies", &none),
            BOOTSTRAP_UNKNOWN_SERVICE);
}

TEST(BootstrapTest, TheNameIsASenderAsLongAsItIsRegistered) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  EXPECT_EQ(Register("test.sender", port), BOOTSTRAP_SUCCESS);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), -1);
  EXPECT_EQ(Register("test.sender", MACH_PORT_NULL), BOOTSTRAP_SUCCESS);
  EXPECT_EQ(NextId(port), MACH_NOTIFY_NO_SENDERS);
}

// Chromium's port rendezvous relies on it.
TEST(BootstrapTest, ANameThatNoJobDeclaresIsWhoChecksItInFirst) {
  mach_port_t port = MACH_PORT_NULL;
  ASSERT_EQ(bootstrap_check_in(bootstrap_port, "test.undeclared", &port),
            BOOTSTRAP_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(StatusOf(port).mps_srights, 1);  // launchd's
  mach_port_t second;
  EXPECT_EQ(bootstrap_check_in(bootstrap_port, "test.undeclared", &second),
            BOOTSTRAP_SERVICE_ACTIVE);
  EXPECT_EQ(Register("test.undeclared", NewPortWithSend()),
            BOOTSTRAP_NAME_IN_USE);
  EXPECT_EQ(LookUp("test.undeclared"), port);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_DEAD_NAME);
  ASSERT_EQ(bootstrap_check_in(bootstrap_port, "test.undeclared", &second),
            BOOTSTRAP_SUCCESS);
  EXPECT_EQ(DropReceive(second), KERN_SUCCESS);
}

IPC_CHANNEL_CHILD_MAIN(CheckIn) {
  mach_port_t port;
  return bootstrap_check_in(bootstrap_port, args.at(0).c_str(), &port) -
         BOOTSTRAP_NOT_PRIVILEGED;
}

TEST(BootstrapTest, AnotherTaskMayNotCheckInWhatOneHas) {
  mach_port_t port;
  ASSERT_EQ(bootstrap_check_in(bootstrap_port, "test.taken", &port),
            BOOTSTRAP_SUCCESS);
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("CheckIn", {"test.taken"}));
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
