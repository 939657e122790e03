// Many children, bad ones, and parents that die.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/bootstrap/spawn.h"
#include "ipc_channel/bootstrap/spawn_testing.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/environment.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::NumberFromEnvironment;

constexpr int kThreads = 4;
constexpr int kSpawnsOfAThread = 10;

IPC_CHANNEL_CHILD_MAIN(Answer) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 2;
  auto question = parent->receiver.Recv();
  return question.ok() && parent->sender.Send(*question + 1).ok() ? 0 : 3;
}

// Sends for as long as it can.
IPC_CHANNEL_CHILD_MAIN(Flood) {
  auto parent = InheritedChannel<int, std::string>();
  if (!parent.ok()) return 2;
  const std::string text(1000, 'x');
  absl::Status sent;
  while (sent.ok()) sent = parent->sender.Send(text);
  return IsDisconnected(sent) ? 0 : 3;
}

// Has the ends and does nothing with them.
IPC_CHANNEL_CHILD_MAIN(NeverRead) {
  auto parent = InheritedChannel<std::string, int>();
  if (!parent.ok() || !parent->sender.Send(1).ok()) return 2;
  while (true) ::pause();
}

// Gives up the ends, and lives on.
IPC_CHANNEL_CHILD_MAIN(CloseTheEnds) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 2;
  parent->receiver = {};
  parent->sender = {};
  while (true) ::pause();
}

// Waits for what its parent says, which must be nothing but that it is gone.
IPC_CHANNEL_CHILD_MAIN(AwaitTheEnd) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 2;
  return IsDisconnected(parent->receiver.Recv().status()) ? 0 : 3;
}

// Spawns one child after another, until it is killed.
IPC_CHANNEL_CHILD_MAIN(SpawnMany) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 2;
  std::vector<Spawned<int, int>> children;
  while (children.size() < 100) {
    auto spawned = Spawn<int, int>(ChildMain("AwaitTheEnd"));
    if (!spawned.ok()) return 3;
    children.push_back(*std::move(spawned));
    if (!parent->sender.Send(1).ok()) return 4;
  }
  while (true) ::pause();
}

class SpawnStormTest : public ::testing::Test {
 protected:
  ~SpawnStormTest() override { EXPECT_TRUE(HasNoChild()); }

 private:
  ExpectNoFdLeak no_leak_;
};

// Whether a child answers a question and ends.
bool AnswersWell(int question) {
  auto spawned = Spawn<int, int>(ChildMain("Answer"));
  if (!spawned.ok() || !spawned->sender.Send(question).ok()) return false;
  auto answer = spawned->receiver.RecvUntil(Soon());
  if (!answer.ok() || *answer != question + 1) return false;
  // No other child holds an end of this one's.
  if (!IsDisconnected(spawned->receiver.RecvUntil(Soon()).status())) {
    return false;
  }
  auto end = spawned->child.WaitUntil(Soon());
  return end.ok() && end->success();
}

TEST_F(SpawnStormTest, ThreadsSpawnAtTheSameTime) {
  std::atomic<int> good = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&good, i] {
      for (int j = 0; j < kSpawnsOfAThread; ++j) {
        good += AnswersWell(100 * i + j) ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, kThreads * kSpawnsOfAThread);
}

TEST_F(SpawnStormTest, AThousandLeaveNothing) {
  for (int i = 0; i < 1000; ++i) {
    auto spawned = Spawn<int, int>({.program = "/bin/true"});
    ASSERT_THAT(spawned, IsOk()) << i;
    ASSERT_THAT(spawned->child.WaitUntil(Soon()),
                IsOkAndHolds(ExitStatus::Exited(0)));
  }
}

TEST_F(SpawnStormTest, AThousandAtOnceOfWhichNobodyIsWaitedForLeaveNothing) {
  std::vector<Spawned<int, int>> children;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 100; ++i) {
      auto spawned =
          Spawn<int, int>({.program = "/bin/sleep", .arguments = {"600"}});
      ASSERT_THAT(spawned, IsOk()) << i;
      children.push_back(*std::move(spawned));
    }
    children.clear();
    ASSERT_TRUE(HasNoChild());
  }
}

TEST_F(SpawnStormTest, AFloodEndsWithItsReceiver) {
  auto spawned = Spawn<int, std::string>(ChildMain("Flood"));
  ASSERT_THAT(spawned, IsOk());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_THAT(spawned->receiver.RecvUntil(Soon()), IsOk());
  }
  spawned->receiver = {};
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(SpawnStormTest, OneThatDiesAtOnceIsToldByTheChannelsAndByTheChild) {
  auto spawned = Spawn<int, int>({.program = "/bin/false"});
  ASSERT_THAT(spawned, IsOk());
  EXPECT_TRUE(IsDisconnected(spawned->receiver.RecvUntil(Soon()).status()));
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(1)));
  EXPECT_TRUE(IsDisconnected(spawned->sender.Send(1)));
}

TEST_F(SpawnStormTest, OneThatNeverReadsFillsItsChannelOnly) {
  auto spawned = Spawn<std::string, int>(ChildMain("NeverRead"));
  ASSERT_THAT(spawned, IsOk());
  ASSERT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(1));
  const std::string text(1000, 'x');
  absl::Status sent;
  while (sent.ok()) sent = spawned->sender.TrySend(text);
  EXPECT_TRUE(IsFull(sent)) << sent;
  EXPECT_TRUE(AnswersWell(1));
}

TEST_F(SpawnStormTest, OneThatGivesUpItsEndsIsToldApartFromADeadOne) {
  auto spawned = Spawn<int, int>(ChildMain("CloseTheEnds"));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_TRUE(IsDisconnected(spawned->receiver.RecvUntil(Soon()).status()));
  EXPECT_TRUE(IsDisconnected(spawned->sender.Send(1)));
  EXPECT_THAT(spawned->child.TryWait(), IsOkAndHolds(std::nullopt));
}

// Waits for the orphans that this process has inherited: all must have been
// told of the end of their parent. Gives their number; -1 if one was not told.
int ReapOrphans() {
  const absl::Time give_up = Soon();
  int orphans = 0;
  while (absl::Now() < give_up) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended < 0) return errno == ECHILD ? orphans : -1;
    if (ended == 0) {
      absl::SleepFor(absl::Milliseconds(1));
      continue;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return -1;
    ++orphans;
  }
  return -1;
}

TEST_F(SpawnStormTest, ChildrenOfAParentThatIsKilledAtAnyMomentLearnOfIt) {
  // Orphans become children of this process.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const auto rounds =
      static_cast<int>(NumberFromEnvironment("SPAWN_STORM_ROUNDS", 30));
  std::minstd_rand random(1);
  int orphans_of_all = 0;
  for (int round = 0; round < rounds; ++round) {
    auto spawned = Spawn<int, int>(ChildMain("SpawnMany"));
    ASSERT_THAT(spawned, IsOk());
    const auto before = static_cast<int>(random() % 4);
    for (int i = 0; i < before; ++i) {
      ASSERT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(1));
    }
    absl::SleepFor(absl::Microseconds(random() % 5000));
    ASSERT_THAT(spawned->child.Kill(SIGKILL), IsOk());
    ASSERT_THAT(spawned->child.WaitUntil(Soon()),
                IsOkAndHolds(ExitStatus::Killed(SIGKILL)));
    const int orphans = ReapOrphans();
    ASSERT_GE(orphans, before) << "round " << round;
    orphans_of_all += orphans;
  }
  EXPECT_GT(orphans_of_all, 0);
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

}  // namespace
}  // namespace ipc_channel
