#include "ipc_channel/testing/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel_testing {
namespace {

using ::testing::HasSubstr;

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

// A pipe whose ends the test closes as it goes.
struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    CloseReadEnd();
    CloseWriteEnd();
  }

  int read_end() const { return ends[0]; }
  int write_end() const { return ends[1]; }
  void CloseReadEnd() { Close(ends[0]); }
  void CloseWriteEnd() { Close(ends[1]); }

  // Everything until nobody has the write end any more.
  std::string ReadAll() {
    CloseWriteEnd();
    std::string text;
    char buffer[256];
    ssize_t n;
    while ((n = read(read_end(), buffer, sizeof(buffer))) > 0) {
      text.append(buffer, n);
    }
    return text;
  }

 private:
  static void Close(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }

  int ends[2];
};

[[noreturn]] void SleepForever() {
  while (true) pause();
}

IPC_CHANNEL_CHILD_MAIN(ReturnArgument) { return std::atoi(args.at(0).c_str()); }

IPC_CHANNEL_CHILD_MAIN(WriteArgumentsTo7) {
  for (const std::string& arg : args) dprintf(7, "[%s]", arg.c_str());
  return 0;
}

IPC_CHANNEL_CHILD_MAIN(WriteDigitsTo8And9) {
  dprintf(8, "8");
  dprintf(9, "9");
  return 0;
}

IPC_CHANNEL_CHILD_MAIN(CheckVariables) {
  const char* added = std::getenv("IPC_CHANNEL_TEST_VARIABLE");
  const bool has_path = std::getenv("PATH") != nullptr;
  return added != nullptr && std::string(added) == "a=b c" && has_path ? 0 : 1;
}

// How many descriptors above 2 there are.
IPC_CHANNEL_CHILD_MAIN(CountDescriptors) {
  int count = 0;
  for (int fd = 3; fd < 1000; ++fd) {
    if (fcntl(fd, F_GETFD) != -1) ++count;
  }
  return count;
}

IPC_CHANNEL_CHILD_MAIN(SleepForever) { SleepForever(); }

IPC_CHANNEL_CHILD_MAIN(PrintAndReturn) {
  std::printf("printed");
  return 0;
}

// Starts a child that holds descriptor 7, then dies without cleaning up.
IPC_CHANNEL_CHILD_MAIN(DieWithRunningChild) {
  ExecOptions options;
  options.descriptors = {{7, 7}};
  auto child = ChildProcess::Exec("SleepForever", {}, options);
  if (!child.ok()) return 1;
  dprintf(7, "started");
  raise(SIGKILL);
  return 2;
}

TEST(ChildProcessExecTest, ExitCodeComesBack) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("ReturnArgument", {"42"}));
  EXPECT_GT(child.pid(), 0);
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(42)));
}

TEST(ChildProcessExecTest, ResultIsGivenAgain) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("ReturnArgument", {"3"}));
  ASSERT_OK(child.Wait(Soon()));
  EXPECT_THAT(child.Wait(absl::InfinitePast()),
              IsOkAndHolds(ExitResult::Exited(3)));
}

TEST(ChildProcessExecTest, ArgumentsArriveUnchanged) {
  Pipe pipe;
  ExecOptions options;
  options.descriptors = {{7, pipe.write_end()}};
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      ChildProcess::Exec("WriteArgumentsTo7", {"a b", "", "--x=*", "'\"\n"},
                         options));
  EXPECT_EQ(pipe.ReadAll(), "[a b][][--x=*]['\"\n]");
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST(ChildProcessExecTest, UnknownEntryPointIsNotFound) {
  EXPECT_THAT(ChildProcess::Exec("NoSuchChild"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("NoSuchChild")));
}

TEST(ChildProcessExecTest, EnvironmentIsAddedTo) {
  ExecOptions options;
  options.environment = {{"IPC_CHANNEL_TEST_VARIABLE", "a=b c"}};
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("CheckVariables", {}, options));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  ASSERT_OK_AND_ASSIGN(ChildProcess without,
                       ChildProcess::Exec("CheckVariables"));
  EXPECT_THAT(without.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(1)));
}

TEST(ChildProcessExecTest, OnlyNamedDescriptorsAreInherited) {
  Pipe not_close_on_exec;
  ASSERT_OK_AND_ASSIGN(ChildProcess none,
                       ChildProcess::Exec("CountDescriptors"));
  EXPECT_THAT(none.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));

  ExecOptions options;
  options.descriptors = {{100, not_close_on_exec.read_end()},
                         {101, not_close_on_exec.read_end()}};
  ASSERT_OK_AND_ASSIGN(ChildProcess two,
                       ChildProcess::Exec("CountDescriptors", {}, options));
  EXPECT_THAT(two.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(2)));
}

TEST(ChildProcessExecTest, DescriptorsMayTradeNumbers) {
  Pipe eight;
  Pipe nine;
  ASSERT_EQ(dup2(eight.write_end(), 9), 9);
  ASSERT_EQ(dup2(nine.write_end(), 8), 8);
  ExecOptions options;
  options.descriptors = {{8, 9}, {9, 8}};
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("WriteDigitsTo8And9", {}, options));
  close(8);
  close(9);
  EXPECT_EQ(eight.ReadAll(), "8");
  EXPECT_EQ(nine.ReadAll(), "9");
}

TEST(ChildProcessExecTest, StandardOutputCanBeTaken) {
  Pipe pipe;
  ExecOptions options;
  options.descriptors = {{STDOUT_FILENO, pipe.write_end()}};
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("PrintAndReturn", {}, options));
  EXPECT_EQ(pipe.ReadAll(), "printed");
}

TEST(ChildProcessExecTest, ClosedDescriptorIsRefused) {
  const int closed = dup(0);
  close(closed);
  ExecOptions options;
  options.descriptors = {{7, closed}};
  EXPECT_THAT(ChildProcess::Exec("SleepForever", {}, options),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ChildProcessExecTest, NumberBeyondTheLimitIsRefused) {
  ExecOptions options;
  options.descriptors = {{2'000'000'000, 0}};
  EXPECT_THAT(ChildProcess::Exec("SleepForever", {}, options),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ChildProcessTest, DeadlinePassesWhileTheChildRuns) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Exec("SleepForever"));
  EXPECT_THAT(child.Wait(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  const absl::Time deadline = absl::Now() + absl::Milliseconds(30);
  EXPECT_THAT(child.Wait(deadline),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr(std::to_string(child.pid()))));
  EXPECT_GE(absl::Now(), deadline);
}

TEST(ChildProcessTest, KilledChildIsReportedAsKilled) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Exec("SleepForever"));
  ASSERT_OK(child.Kill(SIGKILL));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
}

TEST(ChildProcessTest, KillAfterTheEndTouchesNobody) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("ReturnArgument", {"0"}));
  ASSERT_OK(child.Wait(Soon()));
  EXPECT_THAT(child.Kill(SIGKILL),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(ChildProcessTest, UnknownSignalIsRefused) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Exec("SleepForever"));
  EXPECT_THAT(child.Kill(12345), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ChildProcessTest, DestructorKillsAndReaps) {
  pid_t pid;
  {
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         ChildProcess::Exec("SleepForever"));
    pid = child.pid();
    ASSERT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST(ChildProcessTest, MovedFromObjectRefuses) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Exec("SleepForever"));
  ChildProcess moved = std::move(child);
  EXPECT_EQ(child.pid(), -1);  // NOLINT: what a moved-from object says
  EXPECT_THAT(child.Wait(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(child.Kill(SIGKILL),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(kill(moved.pid(), 0), 0);
}

TEST(ChildProcessTest, AssignmentKillsTheOldChild) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Exec("SleepForever"));
  ASSERT_OK_AND_ASSIGN(ChildProcess other,
                       ChildProcess::Exec("ReturnArgument", {"5"}));
  const pid_t old = child.pid();
  child = std::move(other);
  EXPECT_EQ(kill(old, 0), -1);
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(5)));
}

TEST(ChildProcessTest, LeaksNoDescriptor) {
  ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("ReturnArgument", {"0"}));
  ASSERT_OK(child.Wait(Soon()));
  ExecOptions impossible;
  impossible.descriptors = {{2'000'000'000, 0}};
  EXPECT_FALSE(ChildProcess::Exec("SleepForever", {}, impossible).ok());
}

#if defined(__linux__) || defined(__FreeBSD__)
TEST(ChildProcessTest, GrandchildDiesWithTheChild) {
  Pipe pipe;
  ExecOptions options;
  options.descriptors = {{7, pipe.write_end()}};
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("DieWithRunningChild", {}, options));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  // Would wait for ever if the grandchild still held the write end.
  EXPECT_EQ(pipe.ReadAll(), "started");
}
#endif

TEST(ChildProcessForkTest, RunsTheFunctionInAnotherProcess) {
  const pid_t parent = getpid();
  int in_parent = 0;
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                         in_parent = 1;
                         return getpid() == parent ? 1 : 6;
                       }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(6)));
  EXPECT_EQ(in_parent, 0);
}

TEST(ChildProcessForkTest, OutputOfTheChildIsFlushed) {
  Pipe pipe;
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                         dup2(pipe.write_end(), STDOUT_FILENO);
                         std::printf("from the child");
                         return 0;
                       }));
  EXPECT_EQ(pipe.ReadAll(), "from the child");
}

TEST(ChildProcessForkTest, DestructorKills) {
  Pipe pipe;
  {
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([] {
                           SleepForever();
                           return 0;
                         }));
  }
  EXPECT_EQ(pipe.ReadAll(), "");
}

TEST(ExitResultTest, TellsCodesFromSignals) {
  EXPECT_EQ(ExitResult::Exited(9).exit_code(), 9);
  EXPECT_EQ(ExitResult::Exited(9).signal(), std::nullopt);
  EXPECT_EQ(ExitResult::Killed(9).signal(), 9);
  EXPECT_NE(ExitResult::Killed(9), ExitResult::Exited(9));
  EXPECT_EQ(::testing::PrintToString(ExitResult::Killed(9)),
            "killed by signal 9");
}

}  // namespace
}  // namespace ipc_channel_testing
