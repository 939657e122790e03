// What a spawned child starts with: channels, descriptors, environment.

#include "ipc_channel/bootstrap/spawn.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/spawn_testing.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Strings = std::vector<std::string>;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

// Says everything back, until there is nothing more.
IPC_CHANNEL_CHILD_MAIN(Echo) {
  auto parent = InheritedChannel<std::string, std::string>();
  if (!parent.ok()) return 2;
  for (auto& text : parent->receiver) {
    if (!text.ok() || !parent->sender.Send(*text).ok()) return 3;
  }
  return 0;
}

IPC_CHANNEL_CHILD_MAIN(EchoBytes) {
  auto parent = InheritedChannel<Bytes, Bytes>();
  if (!parent.ok()) return 2;
  auto bytes = parent->receiver.Recv();
  return bytes.ok() && parent->sender.Send(*bytes).ok() ? 0 : 3;
}

// Says what came from where that is not the channel.
IPC_CHANNEL_CHILD_MAIN(TellArguments) {
  auto parent = InheritedChannel<int, Strings>();
  return parent.ok() && parent->sender.Send(args).ok() ? 0 : 2;
}

IPC_CHANNEL_CHILD_MAIN(TellVariables) {
  auto parent = InheritedChannel<int, Strings>();
  Strings values;
  for (const std::string& name : args) {
    const char* const value = std::getenv(name.c_str());
    values.emplace_back(value == nullptr ? "(none)" : value);
  }
  return parent.ok() && parent->sender.Send(values).ok() ? 0 : 2;
}

IPC_CHANNEL_CHILD_MAIN(TellDirectory) {
  auto parent = InheritedChannel<int, std::string>();
  return parent.ok() &&
                 parent->sender.Send(std::filesystem::current_path()).ok()
             ? 0
             : 2;
}

IPC_CHANNEL_CHILD_MAIN(TellProcess) {
  auto parent = InheritedChannel<int, std::int64_t>();
  return parent.ok() && parent->sender.Send(::getpid()).ok() ? 0 : 2;
}

// Which signals are blocked or ignored.
IPC_CHANNEL_CHILD_MAIN(TellSignals) {
  std::vector<int> special;
  sigset_t blocked;
  ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action = {};
    const bool known = ::sigaction(signal, nullptr, &action) == 0;
    if (sigismember(&blocked, signal) == 1 ||
        (known && action.sa_handler == SIG_IGN)) {
      special.push_back(signal);
    }
  }
  auto parent = InheritedChannel<int, std::vector<int>>();
  return parent.ok() && parent->sender.Send(special).ok() ? 0 : 2;
}

// Takes the ends twice.
IPC_CHANNEL_CHILD_MAIN(TakeTwice) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 2;
  if (::getenv(internal::kInheritedVariable) != nullptr) return 3;
  if (InheritedChannel<int, int>().status().code() != kPrecondition) return 4;
  return parent->sender.Send(1).ok() ? 0 : 5;
}

// Was built with other definitions.
IPC_CHANNEL_CHILD_MAIN(ExpectOtherValues) {
  auto parent = InheritedChannel<int, std::string>();
  return parent.status().code() == kInvalid ? 0 : 3;
}

IPC_CHANNEL_CHILD_MAIN(GiveOtherValues) {
  auto parent = InheritedChannel<std::string, int>();
  return parent.status().code() == kInvalid ? 0 : 3;
}

// May have no more processes than it is.
IPC_CHANNEL_CHILD_MAIN(SpawnAtTheProcessLimit) {
  const FdLeakCheck descriptors;
  absl::Status spawned;
  {
    const transport::ScopedLimit limit(RLIMIT_NPROC, 1);
    spawned = Spawn<int, int>({.program = "/usr/bin/true"}).status();
  }
  if (spawned.code() != kExhausted) return 2;
  if (!HasNoChild()) return 3;
  return descriptors.NoLeak() ? 0 : 4;
}

// The first thing that the child says.
template <class T>
T TellOf(Command command) {
  auto spawned = Spawn<int, T>(std::move(command));
  EXPECT_THAT(spawned, IsOk());
  if (!spawned.ok()) return T();
  auto told = spawned->receiver.RecvUntil(Soon());
  EXPECT_THAT(told, IsOk());
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
  return told.ok() ? *std::move(told) : T();
}

std::string ReadAll(const UniqueFd& descriptor) {
  std::string text;
  char byte;
  while (::read(descriptor.get(), &byte, 1) == 1) text.push_back(byte);
  return text;
}

// A folder of one test's own, which is gone after it.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(::testing::TempDir() + "/spawn_test_XXXXXX") {
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  // The path of a new file there.
  std::string MakeFile(const std::string& name, const std::string& content,
                       std::filesystem::perms permissions) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path) << content;
    std::filesystem::permissions(path, permissions);
    return path;
  }

 private:
  std::string path_;
};

class SpawnTest : public ::testing::Test {
 protected:
  ~SpawnTest() override { EXPECT_TRUE(HasNoChild()); }

 private:
  ExpectNoFdLeak no_leak_;
};

TEST_F(SpawnTest, ValuesGoBothWaysUntilOneSideEnds) {
  auto spawned = Spawn<std::string, std::string>(ChildMain("Echo"));
  ASSERT_THAT(spawned, IsOk());
  for (const std::string text : {"a", "b", "c"}) {
    ASSERT_THAT(spawned->sender.Send(text), IsOk());
    EXPECT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(text));
  }
  spawned->sender = {};
  EXPECT_TRUE(IsDisconnected(spawned->receiver.RecvUntil(Soon()).status()));
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(SpawnTest, BytesAreAChannelToo) {
  auto spawned = Spawn<Bytes, Bytes>(ChildMain("EchoBytes"));
  ASSERT_THAT(spawned, IsOk());
  ASSERT_THAT(spawned->sender.Send("raw"), IsOk());
  auto answer = spawned->receiver.RecvUntil(Soon());
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->text(), "raw");
}

TEST_F(SpawnTest, TheChildIsWhoWasSpawned) {
  auto spawned = Spawn<int, std::int64_t>(ChildMain("TellProcess"));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->receiver.RecvUntil(Soon()),
              IsOkAndHolds(spawned->child.pid()));
}

TEST_F(SpawnTest, TheEndsAreTakenOnce) {
  EXPECT_EQ(TellOf<int>(ChildMain("TakeTwice")), 1);
}

TEST_F(SpawnTest, AProcessThatWasNotSpawnedHasNoEnds) {
  EXPECT_THAT((InheritedChannel<int, int>()), StatusIs(kPrecondition));
}

TEST_F(SpawnTest, OtherValuesToTheChildAreRefusedAndBothAreTold) {
  auto spawned =
      Spawn<std::string, std::string>(ChildMain("ExpectOtherValues"));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->receiver.RecvUntil(Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(IsDisconnected(spawned->receiver.RecvUntil(Soon()).status()));
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
  EXPECT_TRUE(IsDisconnected(spawned->sender.Send("text")));
}

TEST_F(SpawnTest, OtherValuesToTheParentAreRefusedAndBothAreTold) {
  auto spawned = Spawn<std::string, std::string>(ChildMain("GiveOtherValues"));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->receiver.RecvUntil(Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(IsDisconnected(spawned->receiver.RecvUntil(Soon()).status()));
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(SpawnTest, AParentOfBytesGetsNoneFromAChildOfOtherValues) {
  auto spawned = Spawn<std::string, Bytes>(ChildMain("GiveOtherValues"));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_TRUE(IsDisconnected(spawned->receiver.RecvUntil(Soon()).status()));
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(SpawnTest, NoSignalIsBlockedOrIgnored) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGUSR1);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  struct sigaction ignore = {};
  struct sigaction pipe_before = {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGPIPE, &ignore, &pipe_before), 0);
  EXPECT_THAT(TellOf<std::vector<int>>(ChildMain("TellSignals")),
              ElementsAre());
  ::sigaction(SIGPIPE, &pipe_before, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(SpawnTest, ArgumentsArriveAsTheyAre) {
  const Strings arguments = {"", "two words", "*", "--x=\n", "\xff"};
  EXPECT_EQ(TellOf<Strings>(ChildMain("TellArguments", arguments)), arguments);
}

TEST_F(SpawnTest, TheEnvironmentIsInheritedWithChanges) {
  ::setenv("SPAWN_TEST_KEPT", "kept", 1);
  ::setenv("SPAWN_TEST_REMOVED", "here", 1);
  const Strings names = {"SPAWN_TEST_KEPT", "SPAWN_TEST_REMOVED",
                         "SPAWN_TEST_SET"};
  Command command = ChildMain("TellVariables", names);
  command.environment = {{"SPAWN_TEST_REMOVED", std::nullopt},
                         {"SPAWN_TEST_SET", "set=1"}};
  EXPECT_THAT(TellOf<Strings>(std::move(command)),
              ElementsAre("kept", "(none)", "set=1"));
  command = ChildMain("TellVariables", names);
  command.inherit_environment = false;
  command.environment = {{"SPAWN_TEST_SET", "only"}};
  EXPECT_THAT(TellOf<Strings>(std::move(command)),
              ElementsAre("(none)", "(none)", "only"));
}

TEST_F(SpawnTest, TheVariableOfTheChannelsIsNotForTheCallerToSet) {
  Command command = ChildMain("TellProcess");
  command.environment = {{internal::kInheritedVariable, "nonsense"}};
  EXPECT_GT(TellOf<std::int64_t>(std::move(command)), 0);
}

TEST_F(SpawnTest, TheWorkingDirectoryCanBeAnother) {
  const std::string here = std::filesystem::current_path();
  EXPECT_EQ(TellOf<std::string>(ChildMain("TellDirectory")), here);
  Command command = ChildMain("TellDirectory");
  command.working_directory = "/usr";
  EXPECT_EQ(TellOf<std::string>(std::move(command)), "/usr");
  EXPECT_EQ(std::filesystem::current_path(), here);
}

TEST_F(SpawnTest, APathRelativeToTheWorkingDirectoryIsFoundThere) {
  auto spawned =
      Spawn<int, int>({.program = "./true", .working_directory = "/usr/bin"});
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(SpawnTest, StandardDescriptorsCanBePipes) {
  auto spawned = Spawn<int, int>({
      .program = "/bin/sh",
      .arguments = {"-c", "cat; printf problem >&2"},
      .standard_input = Stdio::Pipe(),
      .standard_output = Stdio::Pipe(),
      .standard_error = Stdio::Pipe(),
  });
  ASSERT_THAT(spawned, IsOk());
  ASSERT_EQ(::write(spawned->pipes.input.get(), "text", 4), 4);
  spawned->pipes.input.Reset();
  EXPECT_EQ(ReadAll(spawned->pipes.output), "text");
  EXPECT_EQ(ReadAll(spawned->pipes.error), "problem");
}

TEST_F(SpawnTest, StandardDescriptorsCanBeNothing) {
  auto spawned = Spawn<int, int>({
      .program = "/bin/sh",
      .arguments = {"-c", "echo lost && exec cat >&2"},
      .standard_input = Stdio::Null(),
      .standard_output = Stdio::Null(),
      .standard_error = Stdio::Pipe(),
  });
  ASSERT_THAT(spawned, IsOk());
  EXPECT_FALSE(spawned->pipes.input.valid());
  EXPECT_FALSE(spawned->pipes.output.valid());
  EXPECT_EQ(ReadAll(spawned->pipes.error), "");
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(SpawnTest, StandardDescriptorsCanBeOpenFiles) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);  // not every system has pipe2()
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  auto spawned = Spawn<int, int>({
      .program = "/bin/echo",
      .arguments = {"-n", "here"},
      .standard_output = Stdio::Descriptor(std::move(writing)),
  });
  ASSERT_THAT(spawned, IsOk());
  EXPECT_EQ(ReadAll(reading), "here");  // none of this process's is left
}

TEST_F(SpawnTest, PathIsSearchedWhenAskedFor) {
  auto spawned = Spawn<int, int>({.program = "true", .search_path = true});
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
  EXPECT_THAT((Spawn<int, int>({.program = "true"})), StatusIs(kInvalid));
  EXPECT_THAT(
      (Spawn<int, int>({.program = "no_such_program", .search_path = true})),
      StatusIs(kInvalid));
}

TEST_F(SpawnTest, CapacityIsThatOfTheOptions) {
  Command command = ChildMain("Echo");
  command.to_child = {.max_message_bytes = 100};
  auto spawned = Spawn<std::string, std::string>(std::move(command));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->sender.Send(std::string(200, 'x')),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(SpawnTest, WhatIsNoProgramIsSaid) {
  const TemporaryFolder folder;
  const std::string no_format = folder.MakeFile(
      "no_format", "nothing of that kind", std::filesystem::perms::owner_all);
  const std::string not_executable = folder.MakeFile(
      "not_executable", "#!/bin/sh\n", std::filesystem::perms::owner_read);
  EXPECT_THAT((Spawn<int, int>({.program = "/no/such/program"})),
              StatusIs(kInvalid, HasSubstr("/no/such/program")));
  EXPECT_THAT((Spawn<int, int>({.program = no_format})), StatusIs(kInvalid));
  EXPECT_THAT((Spawn<int, int>({.program = not_executable})),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT((Spawn<int, int>({.program = "/"})),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT((Spawn<int, int>({.program = ""})), StatusIs(kInvalid));
  EXPECT_THAT((Spawn<int, int>(
                  {.program = "/usr/bin/true", .working_directory = "/no"})),
              StatusIs(kInvalid, HasSubstr("/no")));
}

TEST_F(SpawnTest, WhatCannotBePassedOnIsSaid) {
  const std::string nul("a\0b", 3);
  EXPECT_THAT(
      (Spawn<int, int>({.program = "/usr/bin/true", .arguments = {nul}})),
      StatusIs(kInvalid));
  EXPECT_THAT((Spawn<int, int>({.program = "/usr/bin/true" + nul})),
              StatusIs(kInvalid));
  EXPECT_THAT((Spawn<int, int>(
                  {.program = "/usr/bin/true", .environment = {{"A", nul}}})),
              StatusIs(kInvalid));
  EXPECT_THAT((Spawn<int, int>(
                  {.program = "/usr/bin/true", .environment = {{"", "x"}}})),
              StatusIs(kInvalid));
  EXPECT_THAT((Spawn<int, int>(
                  {.program = "/usr/bin/true", .environment = {{"A=B", "x"}}})),
              StatusIs(kInvalid));
  EXPECT_THAT((Spawn<int, int>({.program = "/usr/bin/true",
                                .standard_error = Stdio::Descriptor({})})),
              StatusIs(kInvalid));
  EXPECT_THAT((Spawn<int, int>({.program = "/usr/bin/true",
                                .arguments = {std::string(1 << 20, 'x')}})),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(SpawnTest, AtTheLimitOfProcessesThereIsNoChild) {
  if (::geteuid() == 0) GTEST_SKIP() << "root has no such limit";
  absl::StatusOr<ChildProcess> child =
      ChildProcess::Exec("SpawnAtTheProcessLimit");
  ASSERT_THAT(child, IsOk());
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

}  // namespace
}  // namespace ipc_channel
