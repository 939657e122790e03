// What is made of launchd's answers: here launchd is this test.

#include "ipc_channel/bootstrap/internal/launchd.h"

#include <mach/mach.h>
#include <servers/bootstrap.h>

#include <functional>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::internal {
namespace {

using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::StatusIs;
using transport::mach_backend::ReceiveRight;

struct Launchd {
  std::function<kern_return_t(mach_port_t*)> check_in;
  std::function<kern_return_t(mach_port_t*)> look_up;
  int checked_in = 0;
};

Launchd& TheLaunchd() {
  static Launchd& launchd = *new Launchd;
  return launchd;
}

constexpr LaunchdCalls kCalls = {
    .check_in =
        [](mach_port_t /*bootstrap*/, const char* /*name*/, mach_port_t* port) {
          ++TheLaunchd().checked_in;
          return TheLaunchd().check_in(port);
        },
    .look_up = [](mach_port_t /*bootstrap*/, const char* /*name*/,
                  mach_port_t* port) { return TheLaunchd().look_up(port); }};

ReceiveRight NewPort() {
  mach_port_t port = MACH_PORT_NULL;
  EXPECT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
      KERN_SUCCESS);
  return ReceiveRight(port);
}

// Gives nothing but `result`.
std::function<kern_return_t(mach_port_t*)> Says(kern_return_t result) {
  return [result](mach_port_t* port) {
    *port = MACH_PORT_NULL;
    return result;
  };
}

kern_return_t GiveDead(mach_port_t* port) {
  *port = MACH_PORT_DEAD;
  return BOOTSTRAP_SUCCESS;
}

kern_return_t GiveNewPort(mach_port_t* port) {
  *port = NewPort().Release();
  return BOOTSTRAP_SUCCESS;
}

// What launchd says of a name that another has, or may have.
constexpr kern_return_t kTaken[] = {
    BOOTSTRAP_SERVICE_ACTIVE, BOOTSTRAP_NAME_IN_USE, BOOTSTRAP_NOT_PRIVILEGED};

class LaunchdTest : public ::testing::Test {
 protected:
  void SetUp() override {
    launchd_ = {};
    launchd_.look_up = Says(BOOTSTRAP_UNKNOWN_SERVICE);
  }

  Launchd& launchd_ = TheLaunchd();
};

TEST_F(LaunchdTest, ANameOfALivePortIsTaken) {
  const ReceiveRight holder = NewPort();
  launchd_.look_up = [&](mach_port_t* port) {
    *port = holder.name();
    return mach_port_insert_right(mach_task_self(), holder.name(),
                                  holder.name(), MACH_MSG_TYPE_MAKE_SEND);
  };
  for (const kern_return_t answer : kTaken) {
    SCOPED_TRACE(answer);
    launchd_.checked_in = 0;
    launchd_.check_in = Says(answer);
    EXPECT_THAT(CheckInService("name", kCalls),
                StatusIs(absl::StatusCode::kAlreadyExists));
    EXPECT_EQ(launchd_.checked_in, 1);
  }
}

TEST_F(LaunchdTest, ANameOfAPortThatDiedIsAskedForAgain) {
  for (const kern_return_t answer : kTaken) {
    SCOPED_TRACE(answer);
    launchd_.checked_in = 0;
    launchd_.look_up = GiveDead;
    launchd_.check_in = [&](mach_port_t* port) {
      return launchd_.checked_in == 1 ? Says(answer)(port) : GiveNewPort(port);
    };
    EXPECT_THAT(CheckInService("name", kCalls), IsOk());
    EXPECT_EQ(launchd_.checked_in, 2);
  }
}

TEST_F(LaunchdTest, ANameThatStaysADeadPortsIsTaken) {
  launchd_.look_up = GiveDead;
  for (const kern_return_t answer : kTaken) {
    SCOPED_TRACE(answer);
    launchd_.checked_in = 0;
    launchd_.check_in = Says(answer);
    EXPECT_THAT(CheckInService("name", kCalls),
                StatusIs(absl::StatusCode::kAlreadyExists));
    EXPECT_GT(launchd_.checked_in, 1);
  }
}

TEST_F(LaunchdTest, ANameThatNobodySeesIsTakenIfLaunchdSaysSo) {
  for (const kern_return_t unseen :
       {BOOTSTRAP_UNKNOWN_SERVICE, BOOTSTRAP_NOT_PRIVILEGED}) {
    launchd_.look_up = Says(unseen);
    for (const kern_return_t answer :
         {BOOTSTRAP_SERVICE_ACTIVE, BOOTSTRAP_NAME_IN_USE}) {
      launchd_.check_in = Says(answer);
      EXPECT_THAT(CheckInService("name", kCalls),
                  StatusIs(absl::StatusCode::kAlreadyExists));
    }
    launchd_.check_in = Says(BOOTSTRAP_NOT_PRIVILEGED);
    EXPECT_THAT(CheckInService("name", kCalls),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
}

TEST_F(LaunchdTest, RefusalsAreToldAtOnce) {
  launchd_.check_in = Says(BOOTSTRAP_NO_MEMORY);
  EXPECT_THAT(CheckInService("name", kCalls),
              StatusIs(absl::StatusCode::kResourceExhausted));
  launchd_.check_in = Says(BOOTSTRAP_UNKNOWN_SERVICE);
  EXPECT_THAT(CheckInService("name", kCalls),
              StatusIs(absl::StatusCode::kPermissionDenied));
  launchd_.check_in = Says(MACH_SEND_INVALID_DEST);
  EXPECT_THAT(CheckInService("name", kCalls),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(launchd_.checked_in, 3);
}

TEST_F(LaunchdTest, LookingUpTellsWhyNot) {
  EXPECT_TRUE(
      transport::IsDisconnected(LookUpService("name", kCalls).status()));
  launchd_.look_up = Says(BOOTSTRAP_NOT_PRIVILEGED);
  EXPECT_THAT(LookUpService("name", kCalls),
              StatusIs(absl::StatusCode::kPermissionDenied));
  launchd_.look_up = Says(BOOTSTRAP_NO_MEMORY);
  EXPECT_THAT(LookUpService("name", kCalls),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace ipc_channel::internal
