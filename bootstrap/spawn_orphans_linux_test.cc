// Parents that die, and what their children learn of it.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <utility>
#include <vector>

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

TEST(SpawnOrphansTest, ChildrenOfAParentThatIsKilledAtAnyMomentLearnOfIt) {
  const ExpectNoFdLeak no_leak;
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
  EXPECT_TRUE(HasNoChild());
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

}  // namespace
}  // namespace ipc_channel
