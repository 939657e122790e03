// Of launchd and of programs that are given another in its place: what needs a
// job that launchd was told of, and what a system would not start by whose
// libraries ask launchd before main(). Not for a Mac.

#include <mach/mach.h>
#include <mach/notify.h>
#include <servers/bootstrap.h>
#include <spawn.h>
#include <sys/wait.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/mach_emulation/internal/launchd_calls.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"
#include "ipc_channel/testing/status_matchers.h"

extern char** environ;

namespace ipc_channel_testing::mach_emulation {
namespace {

// BUILD.bazel tells launchd of it.
constexpr name_t kService = "ipc_channel.test.service";

TEST(LaunchdTest, AJobsNameCannotBeRegistered) {
  EXPECT_EQ(Register(kService, NewPortWithSend()), BOOTSTRAP_NAME_IN_USE);
  EXPECT_EQ(Register(kService, MACH_PORT_NULL), BOOTSTRAP_NOT_PRIVILEGED);
}

TEST(LaunchdTest, WithoutABootstrapPortThereIsNoLaunchd) {
  mach_port_t port;
  EXPECT_EQ(bootstrap_look_up(MACH_PORT_NULL, "test.found", &port),
            MACH_SEND_INVALID_DEST);
  EXPECT_EQ(bootstrap_look_up(NewPortWithSend(), "test.found", &port),
            MACH_SEND_INVALID_DEST);
}

// Takes one message and dies with the receive right.
IPC_CHANNEL_CHILD_MAIN(Serve) {
  mach_port_t port;
  if (bootstrap_check_in(bootstrap_port, kService, &port) != 0) return 1;
  return NextId(port, kSoon) == std::stoi(args.at(0)) ? 0 : 2;
}

// launchd makes the port before the job runs, and keeps it after.
TEST(LaunchdTest, MessagesToAJobWaitUntilItChecksIn) {
  const mach_port_t port = LookUp(kService);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(Post(port, 2), MACH_MSG_SUCCESS);
  for (const char* const id : {"1", "2"}) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Exec("Serve", {id}));
    EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
                IsOkAndHolds(ExitResult::Exited(0)));
  }
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND);
  mach_port_t mine;
  EXPECT_EQ(bootstrap_check_in(bootstrap_port, kService, &mine),
            BOOTSTRAP_SUCCESS);
  EXPECT_EQ(mine, port);
  EXPECT_EQ(bootstrap_check_in(bootstrap_port, kService, &mine),
            BOOTSTRAP_SERVICE_ACTIVE);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
}

// Sends to the port that it finds in place of launchd's.
IPC_CHANNEL_CHILD_MAIN(PostToBootstrap) { return Post(bootstrap_port, 11); }

TEST(LaunchdTest, AChildInheritsTheBootstrapPort) {
  const mach_port_t port = NewPortWithSend();
  mach_port_t launchd;
  ASSERT_EQ(
      task_get_special_port(mach_task_self(), TASK_BOOTSTRAP_PORT, &launchd),
      KERN_SUCCESS);
  EXPECT_EQ(launchd, bootstrap_port);
  ASSERT_EQ(task_set_special_port(mach_task_self(), TASK_BOOTSTRAP_PORT, port),
            KERN_SUCCESS);
  auto child = ChildProcess::Exec("PostToBootstrap");
  ASSERT_OK(child);
  EXPECT_THAT(child->Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_EQ(NextId(port), 11);
  EXPECT_EQ(
      task_set_special_port(mach_task_self(), TASK_BOOTSTRAP_PORT, launchd),
      KERN_SUCCESS);
}

TEST(LaunchdTest, ASpawnedChildCanBeGivenAnotherBootstrapPort) {
  const mach_port_t port = NewPortWithSend();
  posix_spawnattr_t attributes;
  ASSERT_EQ(posix_spawnattr_init(&attributes), 0);
  ASSERT_EQ(
      posix_spawnattr_setspecialport_np(&attributes, port, TASK_BOOTSTRAP_PORT),
      0);
  std::vector<std::string> words = ChildCommandLine("PostToBootstrap");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid;
  ASSERT_EQ(
      posix_spawn(&pid, argv[0], nullptr, &attributes, argv.data(), environ),
      0);
  EXPECT_EQ(posix_spawnattr_destroy(&attributes), 0);
  EXPECT_EQ(NextId(port, kSoon), 11);
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  // What the child was given died with it.
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(port, kSoon), MACH_NOTIFY_NO_SENDERS);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
