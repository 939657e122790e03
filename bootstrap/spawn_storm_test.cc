// Many children, and bad ones.

#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/bootstrap/spawn.h"
#include "ipc_channel/bootstrap/spawn_testing.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;

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
    auto spawned = Spawn<int, int>({.program = "/usr/bin/true"});
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
  auto spawned = Spawn<int, int>({.program = "/usr/bin/false"});
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

}  // namespace
}  // namespace ipc_channel
