// Names of launchd's, and who has connected by them.

#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
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
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildCommandLine;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr uid_t kAnotherUser = 12345;
constexpr int kCannotBecomeAnother = 99;

bool AdmitsAll(const PeerIdentity&) { return true; }

TEST(MachNamesTest, NewOnesAreAPrefixAnd128RandomBits) {
  std::set<std::string> names;
  for (const std::string_view kind :
       {kNewAbstractName, kNewPathName, std::string_view("mach:")}) {
    ASSERT_OK_AND_ASSIGN(auto listener,
                         Listener<int>::Create({.name = std::string(kind)}));
    EXPECT_THAT(listener.name(),
                MatchesRegex("mach:ipc_channel\\.[0-9a-f]{32}"));
    EXPECT_TRUE(names.insert(listener.name()).second);
    EXPECT_THAT(Connect<int>(listener.name()), IsOk());
  }
}

TEST(MachNamesTest, ThePrefixCanBeChosen) {
  const std::string prefix = "group.com.example.";
  ASSERT_OK_AND_ASSIGN(auto listener,
                       Listener<int>::Create({.name_prefix = prefix}));
  ASSERT_OK_AND_ASSIGN(auto server,
                       OneShotServer<int>::Create({.name_prefix = prefix}));
  auto duplex = OneShotDuplexServer<int, int>::Create({.name_prefix = prefix});
  ASSERT_THAT(duplex, IsOk());
  for (const std::string& name :
       {listener.name(), server.name(), duplex->name()}) {
    EXPECT_THAT(name, MatchesRegex("mach:group.com.example.[0-9a-f]{32}"));
    EXPECT_THAT(Connect<int>(name), IsOk());
  }
}

TEST(MachNamesTest, APrefixOfNoNameIsRefused) {
  EXPECT_THAT(Listener<int>::Create({.name_prefix = std::string(95, 'x')}),
              IsOk());
  for (const std::string& prefix :
       {std::string(96, 'x'), std::string("two words"), std::string("\n"),
        std::string("nul\0", 4), std::string("ipc_channel.mine.")}) {
    EXPECT_THAT(Listener<int>::Create({.name_prefix = prefix}),
                StatusIs(kInvalid));
    EXPECT_THAT(OneShotServer<int>::Create({.name_prefix = prefix}),
                StatusIs(kInvalid));
  }
}

TEST(MachNamesTest, NamesOfOtherSystemsAreRefused) {
  for (const char* name : {"unix-abstract:com.example", "unix-path:/tmp/x"}) {
    EXPECT_THAT(Listener<int>::Create({.name = name}),
                StatusIs(kInvalid, HasSubstr("another kind of system")));
    EXPECT_THAT(Connect<int>(name),
                StatusIs(kInvalid, HasSubstr("another kind of system")));
  }
}

// args: a name, a second one, whom to tell. Fails to take the first, takes the
// second, says so and waits.
IPC_CHANNEL_CHILD_MAIN(Take) {
  auto first = Listener<int>::Create({.name = args.at(0)});
  auto second = Listener<int>::Create({.name = args.at(1)});
  auto parent = Connect<int>(args.at(2));
  if (!absl::IsAlreadyExists(first.status()) || !second.ok()) return 2;
  if (!parent.ok() || !parent->Send(1).ok()) return 3;
  ::pause();
  return 4;
}

TEST(MachNamesTest, ALiveNameIsRefusedAndThatOfADeadServerTaken) {
  const std::string mine = ChosenName("mine");
  const std::string theirs = ChosenName("theirs");
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create({.name = mine}));
  ASSERT_OK_AND_ASSIGN(auto told, OneShotServer<int>::Create());
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("Take", {mine, theirs, told.name()}));
  ASSERT_THAT(told.Accept(Soon()), IsOk());
  for (const std::string& name : {mine, theirs}) {
    EXPECT_THAT(Listener<int>::Create({.name = name}),
                StatusIs(absl::StatusCode::kAlreadyExists));
  }
  EXPECT_THAT(Connect<int>(mine), IsOk());
  ASSERT_OK(child.Kill(SIGKILL));
  ASSERT_THAT(child.Wait(Soon()), IsOk());
  EXPECT_THAT(Listener<int>::Create({.name = theirs}), IsOk());
}

// launchd has a right to it for as long as it lives.
TEST(MachNamesTest, ADestroyedServerIsGoneThoughItsNameWasLookedUp) {
  const std::string name = ChosenName("destroyed");
  auto listener = Listener<int>::Create({.name = name});
  ASSERT_THAT(listener, IsOk());
  ASSERT_OK_AND_ASSIGN(auto waiting, Connect<int>(name));
  listener = absl::CancelledError("");
  EXPECT_TRUE(IsDisconnected(waiting.Send(1)));
  EXPECT_TRUE(IsDisconnected(Connect<int>(name).status()));
  EXPECT_THAT(Listener<int>::Create({.name = name}), IsOk());
}

TEST(MachNamesTest, ABacklogOverWhatAPortQueuesIsThat) {
  ASSERT_OK_AND_ASSIGN(auto listener,
                       Listener<int>::Create({.backlog = 100'000}));
  std::vector<Sender<int>> waiting;
  while (waiting.size() <= 1024) {
    auto client = Connect<int>(listener.name(), absl::InfinitePast());
    if (!client.ok()) break;
    waiting.push_back(*std::move(client));
  }
  EXPECT_EQ(waiting.size(), 1024);
  EXPECT_THAT(
      Connect<int>(listener.name(), absl::Now() + absl::Milliseconds(1)),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(listener.TryAccept(), IsOkAndHolds(::testing::Ne(std::nullopt)));
  EXPECT_THAT(Connect<int>(listener.name(), absl::InfinitePast()), IsOk());
}

TEST(MachNamesTest, AForkedChildsCopyIsEmptyAndKeepsNothing) {
  const std::string name = ChosenName("forked");
  auto listener = Listener<int>::Create({.name = name});
  ASSERT_THAT(listener, IsOk());
  ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<int>::Create());
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child, ChildProcess::Fork([&] {
        const bool is_empty =
            absl::IsFailedPrecondition(listener->Accept().status()) &&
            absl::IsFailedPrecondition(listener->waitable().status()) &&
            absl::IsFailedPrecondition(server.Accept().status());
        listener = absl::CancelledError("");
        return is_empty ? 0 : 1;
      }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(Connect<int>(name), IsOk());
  EXPECT_THAT(listener->AcceptUntil(Soon()), IsOk());
}

TEST(MachNamesTest, AnotherServerThanOnesOwnCannotBeExpected) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  const std::int64_t own = ::geteuid();
  EXPECT_THAT(Connect<int>(listener.name(), ConnectOptions{.server_uid = own}),
              IsOk());
  EXPECT_THAT(
      Connect<int>(listener.name(), ConnectOptions{.server_uid = own + 1}),
      StatusIs(absl::StatusCode::kUnimplemented));
}

TEST(MachNamesTest, NoDescriptorStandsForAPeer) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  ASSERT_OK_AND_ASSIGN(auto sender, Connect<int>(listener.name()));
  ASSERT_OK_AND_ASSIGN(auto client, listener.AcceptUntil(Soon()));
  EXPECT_THAT(PeerPidfd(sender), StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(PeerPidfd(client.receiver),
              StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(PeerPidfd(Sender<int>()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// Connects as another user, and sends until it is told that nobody receives.
int CallAsAnother(const std::string& name) {
  if (::setgid(kAnotherUser) != 0 || ::setuid(kAnotherUser) != 0) {
    return kCannotBecomeAnother;
  }
  auto sender = Connect<int>(name);
  if (!sender.ok()) return 2;
  absl::Status sent;
  while (sent.ok()) sent = sender->SendUntil(1, Soon());
  return IsDisconnected(sent) ? 0 : 3;
}

// UNAVAILABLE if the child has ended without having come.
absl::StatusOr<Listener<int>::Client> AcceptFrom(Listener<int>& listener,
                                                 ChildProcess& child) {
  const absl::Time give_up = Soon();
  while (absl::Now() < give_up) {
    auto client = listener.AcceptFor(absl::Milliseconds(10));
    if (!absl::IsDeadlineExceeded(client.status())) return client;
    if (child.Wait(absl::InfinitePast()).ok()) break;
  }
  return absl::UnavailableError("nobody came");
}

TEST(MachNamesTest, AnotherUserIsKnownByTheKernelsWord) {
  ASSERT_OK_AND_ASSIGN(auto listener,
                       Listener<int>::Create({.admits = &AdmitsAll}));
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&listener] {
                         return CallAsAnother(listener.name());
                       }));
  auto client = AcceptFrom(listener, child);
  if (absl::IsUnavailable(client.status())) GTEST_SKIP() << "needs root";
  ASSERT_THAT(client, IsOk());
  EXPECT_EQ(client->peer.uid, std::int64_t{kAnotherUser});
  EXPECT_EQ(client->peer.gid, std::int64_t{kAnotherUser});
  EXPECT_EQ(client->peer.pid, child.pid());
  EXPECT_NE(client->peer.pid_version, -1);
  client = absl::CancelledError("");
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST(MachNamesTest, AnotherUserIsRefusedUnlessThePolicyAdmitsHim) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  ASSERT_OK_AND_ASSIGN(auto server, OneShotServer<int>::Create());
  for (const std::string& name : {listener.name(), server.name()}) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&name] {
                           return CallAsAnother(name);
                         }));
    absl::StatusOr<ExitResult> ended = child.Wait(absl::InfinitePast());
    const absl::Time give_up = Soon();
    while (!ended.ok() && absl::Now() < give_up) {
      EXPECT_THAT(listener.TryAccept(),
                  IsOkAndHolds(::testing::Eq(std::nullopt)));
      EXPECT_THAT(server.Accept(absl::Now() + absl::Milliseconds(1)),
                  StatusIs(absl::StatusCode::kDeadlineExceeded));
      ended = child.Wait(absl::InfinitePast());
    }
    ASSERT_THAT(ended, IsOk());
    if (*ended == ExitResult::Exited(kCannotBecomeAnother)) {
      GTEST_SKIP() << "needs root";
    }
    EXPECT_EQ(*ended, ExitResult::Exited(0));
  }
  EXPECT_THAT(server.Accept(absl::Now()),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("belongs to another user")));
}

// args: a name, "again" or "last". Connects, and becomes another program of the
// same number, which does the same.
IPC_CHANNEL_CHILD_MAIN(ConnectTwice) {
  auto sender = Connect<int>(args.at(0));
  if (!sender.ok() || !sender->Send(1).ok()) return 2;
  if (args.at(1) == "last") return 0;
  std::vector<std::string> words =
      ChildCommandLine("ConnectTwice", {args.at(0), "last"});
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  return 3;
}

TEST(MachNamesTest, ANumberThatIsUsedAgainIsToldByItsVersion) {
  ASSERT_OK_AND_ASSIGN(auto listener, Listener<int>::Create());
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      ChildProcess::Exec("ConnectTwice", {listener.name(), "again"}));
  ASSERT_OK_AND_ASSIGN(const auto first, listener.AcceptUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(const auto second, listener.AcceptUntil(Soon()));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_EQ(first.peer.pid, child.pid());
  EXPECT_EQ(second.peer.pid, child.pid());
  EXPECT_NE(first.peer.pid_version, second.peer.pid_version);
  ASSERT_OK_AND_ASSIGN(const auto self, Connect<int>(listener.name()));
  ASSERT_OK_AND_ASSIGN(const auto third, listener.AcceptUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(const auto again, Connect<int>(listener.name()));
  ASSERT_OK_AND_ASSIGN(const auto fourth, listener.AcceptUntil(Soon()));
  EXPECT_EQ(third.peer, fourth.peer);
}

}  // namespace
}  // namespace ipc_channel
