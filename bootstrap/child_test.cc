// How the end of a spawned child is told, and brought about.

#include "ipc_channel/bootstrap/child.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/bootstrap/spawn.h"
#include "ipc_channel/bootstrap/spawn_testing.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::Optional;

constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

// Says that it runs, and ends with the code that it is sent; without one, with
// 100.
IPC_CHANNEL_CHILD_MAIN(EndWhenTold) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok() || !parent->sender.Send(1).ok()) return 101;
  auto code = parent->receiver.Recv();
  return code.ok() ? *code : 100;
}

// Does not end by what can be helped.
IPC_CHANNEL_CHILD_MAIN(IgnoreEverything) {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_IGN);
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok() || !parent->sender.Send(1).ok()) return 101;
  while (true) ::pause();
}

// Takes its time over the end, and then writes that it is there.
IPC_CHANNEL_CHILD_MAIN(EndInOrder) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok() || !parent->sender.Send(1).ok()) return 101;
  while (parent->receiver.Recv().ok()) {
  }
  absl::SleepFor(absl::Milliseconds(50));
  return ::write(STDOUT_FILENO, "done", 4) == 4 ? 0 : 102;
}

using Running = Spawned<int, int>;

// A child that has said that it runs.
Running Start(Command command) {
  auto spawned = Spawn<int, int>(std::move(command));
  EXPECT_THAT(spawned, IsOk());
  if (!spawned.ok()) return {};
  EXPECT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(1));
  return *std::move(spawned);
}

// One wait as a loop does it.
void PollOnce(Child& child, absl::Time until) {
  const absl::Time deadline = std::min(child.deadline(), until);
  const absl::StatusOr<transport::BorrowedFd> waitable = child.waitable();
  ASSERT_THAT(waitable, IsOk());
  pollfd entry = {.fd = waitable->get(), .events = POLLIN, .revents = 0};
  const absl::Duration left =
      std::clamp(deadline - absl::Now(), absl::ZeroDuration(), absl::Hours(1));
  ASSERT_GE(
      ::poll(&entry, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1),
      0);
}

// Whether a look at it, without waiting, gives something.
bool IsReady(const Child& child) {
  if (child.deadline() <= absl::Now()) return true;
  const absl::StatusOr<transport::BorrowedFd> waitable = child.waitable();
  if (!waitable.ok()) return false;
  pollfd entry = {.fd = waitable->get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

bool ProcessExists(std::int64_t pid) {
  return ::kill(static_cast<pid_t>(pid), 0) == 0;
}

// Waits until the child has ended, without reaping it.
void AwaitZombie(const Child& child) {
  // Not null: xnu writes it without a look.
  siginfo_t info = {};
  ASSERT_EQ(
      ::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT),
      0);
}

class ChildTest : public ::testing::Test {
 protected:
  ~ChildTest() override { EXPECT_TRUE(HasNoChild()); }

 private:
  ExpectNoFdLeak no_leak_;
};

TEST_F(ChildTest, ItsCodeIsToldForEver) {
  Running running = Start(ChildMain("EndWhenTold"));
  EXPECT_THAT(running.child.TryWait(), IsOkAndHolds(std::nullopt));
  ASSERT_THAT(running.sender.Send(17), IsOk());
  EXPECT_THAT(running.child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(17)));
  EXPECT_THAT(running.child.TryWait(),
              IsOkAndHolds(Optional(ExitStatus::Exited(17))));
  EXPECT_THAT(running.child.Wait(), IsOkAndHolds(ExitStatus::Exited(17)));
}

TEST_F(ChildTest, ItsSignalIsTold) {
  Running running = Start(ChildMain("EndWhenTold"));
  ASSERT_THAT(running.child.Kill(SIGTERM), IsOk());
  const absl::StatusOr<ExitStatus> end = running.child.WaitUntil(Soon());
  EXPECT_THAT(end, IsOkAndHolds(ExitStatus::Killed(SIGTERM)));
}

TEST_F(ChildTest, DeadlinePassesWhileItRuns) {
  Running running = Start(ChildMain("EndWhenTold"));
  EXPECT_THAT(running.child.WaitUntil(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(running.child.WaitFor(absl::Milliseconds(30)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(running.child.TryWait(), IsOkAndHolds(std::nullopt));
}

TEST_F(ChildTest, ALoopIsToldOfTheEnd) {
  Running running = Start(ChildMain("EndWhenTold"));
  Child& child = running.child;
  EXPECT_EQ(Child::interest(), transport::Interest::kReadable);
  EXPECT_FALSE(IsReady(child));
  ASSERT_THAT(running.sender.Send(0), IsOk());
  const absl::Time give_up = Soon();
  absl::StatusOr<std::optional<ExitStatus>> end = std::nullopt;
  while (end.ok() && !end->has_value() && absl::Now() < give_up) {
    PollOnce(child, give_up);
    end = child.TryWait();
  }
  EXPECT_THAT(end, IsOkAndHolds(Optional(ExitStatus::Exited(0))));
  EXPECT_TRUE(IsReady(child)) << "and goes on to show it";
}

// The pair says when to look, also where nothing can be waited for.
TEST_F(ChildTest, ALoopIsNotSentRoundWithoutPause) {
  Running running = Start(ChildMain("EndWhenTold"));
  const absl::StatusOr<transport::BorrowedFd> waitable =
      running.child.waitable();
  ASSERT_THAT(waitable, IsOk());
  if (running.child.pidfd().valid()) {
    EXPECT_EQ(*waitable, running.child.pidfd());
  }
  EXPECT_EQ(running.child.deadline() == absl::InfiniteFuture(),
            waitable->valid());
  EXPECT_GT(running.child.deadline(), absl::Now());
}

TEST_F(ChildTest, NoSignalGoesToOneThatHasBeenWaitedFor) {
  Running running = Start(ChildMain("EndWhenTold"));
  EXPECT_THAT(running.child.Kill(-1),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(running.child.Kill(0), IsOk());
  running.sender = {};
  AwaitZombie(running.child);
  EXPECT_THAT(running.child.Kill(SIGTERM), IsOk());
  EXPECT_THAT(running.child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(100)));
  EXPECT_THAT(running.child.Kill(SIGTERM), StatusIs(kPrecondition));
}

TEST_F(ChildTest, DestructionKillsOneThatIgnoresEverything) {
  std::int64_t pid;
  {
    Running running = Start(ChildMain("IgnoreEverything"));
    ASSERT_THAT(running.child.Kill(SIGTERM), IsOk());
    pid = running.child.pid();
    EXPECT_TRUE(ProcessExists(pid));
  }
  EXPECT_FALSE(ProcessExists(pid));
  EXPECT_TRUE(HasNoChild());
}

TEST_F(ChildTest, DestructionReapsOneThatHasEnded) {
  Running running = Start(ChildMain("EndWhenTold"));
  running.sender = {};
  AwaitZombie(running.child);
  EXPECT_FALSE(HasNoChild());
  running.child = {};
  EXPECT_TRUE(HasNoChild());
}

TEST_F(ChildTest, DestructionWaitsIfToldSo) {
  Command command = ChildMain("EndInOrder");
  command.at_destruction = ChildAtDestruction::kWait;
  command.standard_output = Stdio::Pipe();
  UniqueFd output;
  {
    Running running = Start(std::move(command));
    output = std::move(running.pipes.output);
  }
  EXPECT_TRUE(HasNoChild());
  char text[8];
  EXPECT_EQ(::read(output.get(), text, sizeof(text)), 4);
}

TEST_F(ChildTest, AssignmentClosesTheEndsBeforeItWaits) {
  Command command = ChildMain("EndInOrder");
  command.at_destruction = ChildAtDestruction::kWait;
  command.standard_output = Stdio::Pipe();
  Running running = Start(std::move(command));
  const UniqueFd output = std::move(running.pipes.output);
  running = {};
  EXPECT_TRUE(HasNoChild());
  char text[8];
  EXPECT_EQ(::read(output.get(), text, sizeof(text)), 4);
}

TEST_F(ChildTest, IsMovedWithWhatIsKnownOfIt) {
  Running running = Start(ChildMain("EndWhenTold"));
  const std::int64_t pid = running.child.pid();
  Child moved = std::move(running.child);
  EXPECT_EQ(moved.pid(), pid);
  EXPECT_TRUE(moved.valid());
  ASSERT_THAT(running.sender.Send(3), IsOk());
  EXPECT_THAT(moved.WaitUntil(Soon()), IsOkAndHolds(ExitStatus::Exited(3)));
  const Running second = Start(ChildMain("EndWhenTold"));
  Child again;
  again = std::move(moved);
  EXPECT_THAT(again.TryWait(), IsOkAndHolds(Optional(ExitStatus::Exited(3))));
}

TEST_F(ChildTest, AnEmptyOneSaysSo) {
  Child child;
  EXPECT_FALSE(child.valid());
  EXPECT_EQ(child.pid(), -1);
  EXPECT_FALSE(child.pidfd().valid());
  EXPECT_THAT(child.waitable(), StatusIs(kPrecondition));
  EXPECT_EQ(child.deadline(), absl::InfinitePast());
  EXPECT_THAT(child.TryWait(), StatusIs(kPrecondition));
  EXPECT_THAT(child.Wait(), StatusIs(kPrecondition));
  EXPECT_THAT(child.Kill(SIGTERM), StatusIs(kPrecondition));
}

// The system reaps such children itself, and forgets how they ended.
TEST_F(ChildTest, TheEndIsNoticedThoughSigchldIsIgnored) {
  struct sigaction ignore = {};
  struct sigaction before = {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGCHLD, &ignore, &before), 0);
  {
    Running running = Start(ChildMain("EndWhenTold"));
    EXPECT_THAT(running.child.TryWait(), IsOkAndHolds(std::nullopt));
    ASSERT_THAT(running.sender.Send(3), IsOk());
    EXPECT_THAT(running.child.WaitUntil(Soon()), StatusIs(kPrecondition));
    EXPECT_THAT(running.child.TryWait(), StatusIs(kPrecondition));
    EXPECT_THAT(running.child.Kill(SIGTERM), StatusIs(kPrecondition));
    EXPECT_TRUE(IsReady(running.child));
  }
  {
    const Running killed_by_destruction = Start(ChildMain("IgnoreEverything"));
  }
  for (int i = 0; i < 20; ++i) {  // some are gone before they can be held
    auto spawned = Spawn<int, int>({.program = "/usr/bin/true"});
    ASSERT_THAT(spawned, IsOk());
    EXPECT_THAT(spawned->child.WaitUntil(Soon()), StatusIs(kPrecondition));
  }
  ::sigaction(SIGCHLD, &before, nullptr);
}

TEST_F(ChildTest, TheEndIsNoticedThoughSomebodyElseHasWaited) {
  Running running = Start(ChildMain("EndWhenTold"));
  ASSERT_THAT(running.sender.Send(3), IsOk());
  ASSERT_EQ(::waitpid(-1, nullptr, 0), running.child.pid());
  EXPECT_TRUE(IsReady(running.child) || !running.child.waitable()->valid());
  EXPECT_THAT(running.child.Kill(SIGTERM), StatusIs(kPrecondition));
  EXPECT_THAT(running.child.WaitUntil(Soon()), StatusIs(kPrecondition));
}

TEST_F(ChildTest, DestructionOfOneThatSomebodyElseHasWaitedForDoesNothing) {
  Running running = Start(ChildMain("EndWhenTold"));
  ASSERT_THAT(running.sender.Send(3), IsOk());
  ASSERT_EQ(::waitpid(-1, nullptr, 0), running.child.pid());
}

TEST_F(ChildTest, ItsCopyInAForkedProcessLeavesItAlone) {
  Running running = Start(ChildMain("EndWhenTold"));
  const auto kill = [&running] {
    return running.child.Kill(SIGKILL).code() == kPrecondition ? 0 : 1;
  };
  const auto destroy = [&running] {
    running.child = {};
    return 0;
  };
  const auto wait = [&running] {
    return running.child.TryWait().status().code() == kPrecondition ? 0 : 1;
  };
  for (const std::function<int()>& body :
       std::vector<std::function<int()>>{kill, destroy, wait}) {
    absl::StatusOr<ChildProcess> fork = ChildProcess::Fork(body);
    ASSERT_THAT(fork, IsOk());
    EXPECT_THAT(fork->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  }
  EXPECT_THAT(running.child.TryWait(), IsOkAndHolds(std::nullopt));
  ASSERT_THAT(running.sender.Send(5), IsOk());
  EXPECT_THAT(running.child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(5)));
}

}  // namespace
}  // namespace ipc_channel
