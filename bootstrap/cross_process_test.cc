// First contact between processes that share nothing but a name.

#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/chosen_name.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

struct Hello {
  std::string greeting;
  Sender<std::string> reply;
};

template <class T>
OneShotServer<T> MakeServer() {
  absl::StatusOr<OneShotServer<T>> server = OneShotServer<T>::Create();
  EXPECT_THAT(server, IsOk());
  return *std::move(server);
}

// Says hello to the server named by the first argument, and repeats the answer
// to it.
IPC_CHANNEL_CHILD_MAIN(SayHello) {
  auto server = Connect<Hello>(args.at(0));
  auto answers = Channel<std::string>();
  if (!server.ok() || !answers.ok()) return 2;
  if (!server->Send({"hello", answers->sender}).ok()) return 3;
  answers->sender = {};
  absl::StatusOr<std::string> answer = answers->receiver.Recv();
  if (!answer.ok()) return 4;
  return server->Send({*answer, {}}).code() ==
                 absl::StatusCode::kInvalidArgument
             ? 0
             : 5;
}

// args: by what the name is told, and that. Connects, and sends its number.
IPC_CHANNEL_CHILD_MAIN(FindTheName) {
  std::string name;
  if (args.at(0) == "argument") name = args.at(1);
  if (args.at(0) == "environment") name = std::getenv(args.at(1).c_str());
  if (args.at(0) == "file") std::ifstream(args.at(1)) >> name;
  auto server = Connect<std::int64_t>(name, Soon());
  if (!server.ok()) return IsDisconnected(server.status()) ? 9 : 2;
  return server->Send(::getpid()).ok() ? 0 : 3;
}

// Connects and says nothing until it is killed.
IPC_CHANNEL_CHILD_MAIN(StaySilent) {
  auto server = Connect<Hello>(args.at(0));
  if (!server.ok()) return 2;
  ::pause();
  return 3;
}

// Connects many times to the first server, says nothing, and tells the second
// when it is done.
IPC_CHANNEL_CHILD_MAIN(Flood) {
  std::vector<Sender<int>> silent;
  for (int i = 0; i < 300; ++i) {
    auto client = Connect<int>(args.at(0));
    if (!client.ok()) return 2;
    silent.push_back(*std::move(client));
  }
  auto reports = Connect<int>(args.at(1));
  if (!reports.ok() || !reports->Send(1).ok()) return 3;
  ::pause();
  return 4;
}

// args: a name, and whom to tell that and the name of a one-shot server. Serves
// nobody until it is killed.
IPC_CHANNEL_CHILD_MAIN(BeKilled) {
  auto reports = Connect<std::vector<std::string>>(args.at(1));
  auto listener = Listener<int>::Create({.name = args.at(0)});
  auto server = OneShotServer<int>::Create();
  if (!reports.ok() || !listener.ok() || !server.ok()) return 2;
  if (!reports->Send({listener->name(), server->name()}).ok()) return 3;
  ::pause();
  return 4;
}

TEST(CrossProcessTest, AnExecutedChildFindsItsParentByName) {
  const ExpectNoFdLeak no_leak;
  OneShotServer<Hello> server = MakeServer<Hello>();
  absl::StatusOr<ChildProcess> child =
      ChildProcess::Exec("SayHello", {server.name()});
  ASSERT_THAT(child, IsOk());
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first.greeting, "hello");
  EXPECT_EQ(accepted->peer.pid, child->pid());
  EXPECT_EQ(accepted->peer.uid, static_cast<std::int64_t>(::geteuid()));
  EXPECT_EQ(accepted->peer.gid, static_cast<std::int64_t>(::getegid()));
  ASSERT_THAT(accepted->first.reply.Send("welcome"), IsOk());
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_TRUE(IsDisconnected(accepted->receiver.RecvUntil(Soon()).status()));
}

// What a child is told by, and how it is told.
struct Telling {
  explicit Telling(const std::string& name)
      : file(std::filesystem::temp_directory_path() /
             ("name." + std::to_string(::getpid()))) {
    std::ofstream(file) << name << "\n";
    options.environment = {{"SERVER_NAME", name}};
    ways = {{"argument", name}, {"environment", "SERVER_NAME"}, {"file", file}};
  }
  ~Telling() { std::filesystem::remove(file); }

  std::string file;
  ipc_channel_testing::ExecOptions options;
  std::vector<std::vector<std::string>> ways;
};

TEST(CrossProcessTest, TheNameComesByArgumentEnvironmentOrFile) {
  const ExpectNoFdLeak no_leak;
  for (int i = 0; i < 3; ++i) {
    OneShotServer<std::int64_t> server = MakeServer<std::int64_t>();
    const Telling telling(server.name());
    ASSERT_OK_AND_ASSIGN(
        ChildProcess child,
        ChildProcess::Exec("FindTheName", telling.ways.at(i), telling.options));
    auto accepted = server.Accept(Soon());
    ASSERT_THAT(accepted, IsOk());
    EXPECT_EQ(accepted->first, child.pid());
    EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  }
}

TEST(CrossProcessTest, TheNameOfAListenerComesByArgumentEnvironmentOrFile) {
  const ExpectNoFdLeak no_leak;
  for (const std::string_view kind : {kNewAbstractName, kNewPathName}) {
    ASSERT_OK_AND_ASSIGN(
        Listener<std::int64_t> listener,
        Listener<std::int64_t>::Create({.name = std::string(kind)}));
    const Telling telling(listener.name());
    for (const std::vector<std::string>& way : telling.ways) {
      ASSERT_OK_AND_ASSIGN(
          ChildProcess child,
          ChildProcess::Exec("FindTheName", way, telling.options));
      ASSERT_OK_AND_ASSIGN(auto client, listener.AcceptUntil(Soon()));
      EXPECT_THAT(client.receiver.RecvUntil(Soon()), IsOkAndHolds(child.pid()));
      EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
    }
  }
}

TEST(CrossProcessTest, AClientWhoseProcessHasEndedIsServedAndTheNextRefused) {
  const ExpectNoFdLeak no_leak;
  OneShotServer<std::int64_t> server = MakeServer<std::int64_t>();
  const std::vector<std::string> args = {"argument", server.name()};
  ASSERT_OK_AND_ASSIGN(ChildProcess first,
                       ChildProcess::Exec("FindTheName", args));
  const pid_t pid = first.pid();
  ASSERT_THAT(first.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first, pid);
  EXPECT_EQ(accepted->peer.pid, pid);
  EXPECT_TRUE(IsDisconnected(accepted->receiver.RecvUntil(Soon()).status()));
  ASSERT_OK_AND_ASSIGN(ChildProcess second,
                       ChildProcess::Exec("FindTheName", args));
  EXPECT_THAT(second.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(9)))
      << "told that there is no such server";
}

TEST(CrossProcessTest, AForkedChildFindsItsParentByName) {
  OneShotServer<int> server = MakeServer<int>();
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&server] {
    auto sender = Connect<int>(server.name());
    return sender.ok() && sender->Send(17).ok() ? 0 : 1;
  });
  ASSERT_THAT(child, IsOk());
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first, 17);
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

// A fork inherits the listening socket, whose copies all take clients.
TEST(CrossProcessTest, AUsedUpServerRefusesClientsThoughAForkHasACopyOfIt) {
  OneShotServer<int> server = MakeServer<int>();
  const std::string name = server.name();
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&name] {
    auto sender = Connect<int>(name);
    if (!sender.ok() || !sender->Send(17).ok()) return 1;
    ::pause();
    return 2;
  });
  ASSERT_THAT(child, IsOk());
  auto queued = Connect<int>(name);
  ASSERT_THAT(queued, IsOk());
  ASSERT_THAT(server.Accept(Soon()), IsOk());
  EXPECT_TRUE(
      IsDisconnected(Connect<int>(name, absl::InfinitePast()).status()));
  EXPECT_TRUE(IsDisconnected(queued->Send(18)));
}

// One process can have no more than its share of the clients that are waited
// for, however many it makes.
TEST(CrossProcessTest, AFloodOfSilentClientsPushesOutOnlyItsOwn) {
  OneShotServer<int> server = MakeServer<int>();
  auto good = Connect<int>(server.name());
  ASSERT_THAT(good, IsOk());
  OneShotServer<int> reports = MakeServer<int>();
  absl::StatusOr<ChildProcess> flood =
      ChildProcess::Exec("Flood", {server.name(), reports.name()});
  ASSERT_THAT(flood, IsOk());
  while (!reports.Accept(absl::InfinitePast()).ok()) {
    ASSERT_THAT(server.Accept(absl::Now() + absl::Milliseconds(1)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  ASSERT_THAT(good->Send(6), IsOk());
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->first, 6);
}

TEST(CrossProcessTest, SilentClientsDoNotKeepAGoodOneOut) {
  const ExpectNoFdLeak no_leak;
  OneShotServer<Hello> server = MakeServer<Hello>();
  std::vector<ChildProcess> silent;
  for (int i = 0; i < 5; ++i) {
    absl::StatusOr<ChildProcess> child =
        ChildProcess::Exec("StaySilent", {server.name()});
    ASSERT_THAT(child, IsOk());
    silent.push_back(*std::move(child));
  }
  absl::StatusOr<ChildProcess> good =
      ChildProcess::Exec("SayHello", {server.name()});
  ASSERT_THAT(good, IsOk());
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->peer.pid, good->pid());
}

TEST(CrossProcessTest, AKilledClientIsNotWaitedFor) {
  OneShotServer<Hello> server = MakeServer<Hello>();
  absl::StatusOr<ChildProcess> child =
      ChildProcess::Exec("StaySilent", {server.name()});
  ASSERT_THAT(child, IsOk());
  // Until it has connected and been accepted, or not yet: both must work.
  EXPECT_THAT(server.Accept(absl::Now() + absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_THAT(child->Kill(SIGKILL), IsOk());
  ASSERT_THAT(child->Wait(Soon()), IsOk());
  absl::StatusOr<ChildProcess> good =
      ChildProcess::Exec("SayHello", {server.name()});
  ASSERT_THAT(good, IsOk());
  auto accepted = server.Accept(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->peer.pid, good->pid());
}

TEST(CrossProcessTest, AKilledServerLeavesNoNameBehind) {
  auto reports = MakeServer<std::vector<std::string>>();
  const std::string name = ChosenName("killed");
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("BeKilled", {name, reports.name()}));
  ASSERT_OK_AND_ASSIGN(const auto told, reports.Accept(Soon()));
  for (const std::string& of_child : told.first) {
    EXPECT_THAT(Connect<int>(of_child), IsOk());
  }
  EXPECT_THAT(Listener<int>::Create({.name = name}),
              StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_OK_AND_ASSIGN(auto waiting, Connect<int>(name));
  ASSERT_OK(child.Kill(SIGKILL));
  ASSERT_THAT(child.Wait(Soon()), IsOk());
  for (const std::string& of_child : told.first) {
    EXPECT_TRUE(IsDisconnected(Connect<int>(of_child).status()));
  }
  EXPECT_TRUE(IsDisconnected(waiting.Send(1)));
  ASSERT_OK_AND_ASSIGN(auto next, Listener<int>::Create({.name = name}));
  EXPECT_THAT(Connect<int>(name), IsOk());
  EXPECT_THAT(next.AcceptUntil(Soon()), IsOk());
}

}  // namespace
}  // namespace ipc_channel
