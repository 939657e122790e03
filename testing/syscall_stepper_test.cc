#include "ipc_channel/testing/syscall_stepper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/shared_page.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel_testing {
namespace {

class SyscallStepperTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const absl::Status can_step = CanStep();
    if (absl::IsUnimplemented(can_step)) GTEST_SKIP() << can_step;
    ASSERT_OK(can_step);
  }

  // Makes three calls and says after each that it was made.
  int ThreeCalls() {
    BeginSteps();
    for (int i = 0; i < 3; ++i) {
      ::syscall(SYS_getppid);
      ++*done_;
    }
    EndSteps();
    ::syscall(SYS_getppid);
    return 7;
  }

  SharedPage<std::atomic<int>> done_;

 private:
  ExpectNoFdLeak no_leak_;
};

TEST_F(SyscallStepperTest, StopsBeforeAndAfterEachCallBetweenTheMarks) {
  std::vector<SyscallStop> stops;
  EXPECT_THAT(StepThrough([this] { return ThreeCalls(); },
                          [&](const SyscallStop& stop) {
                            stops.push_back(stop);
                            return Step::GoOn();
                          }),
              IsOkAndHolds(ExitResult::Exited(7)));
  ASSERT_EQ(stops.size(), 6);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(stops[i].number, i);
    EXPECT_EQ(stops[i].entering, i % 2 == 0);
    EXPECT_EQ(stops[i].call, SYS_getppid);
  }
}

TEST_F(SyscallStepperTest, KillsWhereItIsTold) {
  for (int n = 0; n < 6; ++n) {
    *done_ = 0;
    EXPECT_THAT(StepThrough([this] { return ThreeCalls(); },
                            [&](const SyscallStop& stop) {
                              return stop.number == n ? Step::Kill()
                                                      : Step::GoOn();
                            }),
                IsOkAndHolds(ExitResult::Killed(SIGKILL)));
    EXPECT_EQ(*done_, n / 2);
  }
}

TEST_F(SyscallStepperTest, WhatIsKilledOnEnteringACallDoesNotMakeIt) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  for (const bool entering : {true, false}) {
    EXPECT_THAT(StepThrough(
                    [&] {
                      BeginSteps();
                      return static_cast<int>(::write(ends[1], "x", 1));
                    },
                    [&](const SyscallStop& stop) {
                      return stop.entering == entering ? Step::Kill()
                                                       : Step::GoOn();
                    }),
                IsOkAndHolds(ExitResult::Killed(SIGKILL)));
    char byte;
    EXPECT_EQ(::read(ends[0], &byte, 1), entering ? -1 : 1);
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(SyscallStepperTest, CallThatFailsIsNotMade) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const absl::StatusOr<ExitResult> result = StepThrough(
      [&] {
        BeginSteps();
        const bool failed = ::write(ends[1], "x", 1) == -1 && errno == ENOSPC;
        const bool worked = ::write(ends[1], "y", 1) == 1;
        EndSteps();
        return failed && worked ? 0 : 1;
      },
      [](const SyscallStop& stop) {
        return stop.number == 0 ? Step::Fail(ENOSPC) : Step::GoOn();
      });
  char bytes[2];
  EXPECT_EQ(::read(ends[0], bytes, 2), 1);
  EXPECT_EQ(bytes[0], 'y');
  ::close(ends[0]);
  ::close(ends[1]);
  if (absl::IsUnimplemented(result.status())) GTEST_SKIP() << result.status();
  EXPECT_THAT(result, IsOkAndHolds(ExitResult::Exited(0)));
}

TEST_F(SyscallStepperTest, SignalsReachTheChild) {
  EXPECT_THAT(StepThrough(
                  [] {
                    BeginSteps();
                    ::raise(SIGTERM);
                    return 0;
                  },
                  [](const SyscallStop&) { return Step::GoOn(); }),
              IsOkAndHolds(ExitResult::Killed(SIGTERM)));
}

TEST(SyscallStepperMarksTest, DoNothingInAProcessThatNobodySteps) {
  BeginSteps();
  EndSteps();
}

}  // namespace
}  // namespace ipc_channel_testing
