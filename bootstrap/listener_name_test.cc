// Names of listeners that are paths: whose they are, and what is left of them.

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
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
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/shared_page.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::SharedPage;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  DIR* const listing = ::opendir(folder.c_str());
  if (listing == nullptr) return names;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(listing);
  return names;
}

// A folder of the test's own, with a path short enough for sockets in it, which
// is where private folders are made, too.
class ListenerNameTest : public ::testing::Test {
  const ExpectNoFdLeak no_leak_;

 protected:
  ListenerNameTest() {
    std::string folder = "/tmp/listener_name_test.XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    ::setenv("XDG_RUNTIME_DIR", folder_.c_str(), /*overwrite=*/1);
  }
  ~ListenerNameTest() override {
    for (const std::string& name : NamesIn(folder_)) {
      const std::string path = folder_ + "/" + name;
      ::unlink((path + "/socket").c_str());
      if (::unlink(path.c_str()) != 0) ::rmdir(path.c_str());
    }
    EXPECT_EQ(::rmdir(folder_.c_str()), 0);
  }

  std::string path() const { return folder_ + "/service"; }
  ListenerOptions AtPath() const { return {.name = "unix-path:" + path()}; }

  std::string folder_;
};

using Options = ListenerOptions;

// Creates a listener in a child, tells when it is there, and waits.
absl::StatusOr<ChildProcess> ListenInChild(const Options& options,
                                           std::string* name = nullptr) {
  absl::StatusOr<ChannelEnds<std::string>> names = Channel<std::string>();
  if (!names.ok()) return names.status();
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&] {
    auto listener = Listener<int>::Create(options);
    if (!listener.ok() || !names->sender.Send(listener->name()).ok()) return 1;
    ::pause();
    return 2;
  });
  if (!child.ok()) return child;
  absl::StatusOr<std::string> is_there = names->receiver.RecvUntil(Soon());
  if (!is_there.ok()) return is_there.status();
  if (name != nullptr) *name = *is_there;
  return child;
}

void Kill(ChildProcess& child) {
  ASSERT_OK(child.Kill(SIGKILL));
  ASSERT_THAT(child.Wait(Soon()), IsOk());
}

TEST_F(ListenerNameTest, APathServesAndIsGoneWithItsListener) {
  {
    ASSERT_OK_AND_ASSIGN(Listener<int> listener,
                         Listener<int>::Create(AtPath()));
    EXPECT_EQ(listener.name(), AtPath().name);
    EXPECT_THAT(NamesIn(folder_),
                UnorderedElementsAre("service", "service.lock"));
    ASSERT_OK_AND_ASSIGN(const Sender<int> client,
                         Connect<int>(listener.name()));
    ASSERT_OK(client.Send(5));
    ASSERT_OK_AND_ASSIGN(auto accepted, listener.AcceptUntil(Soon()));
    EXPECT_THAT(accepted.receiver.RecvUntil(Soon()), IsOkAndHolds(5));
  }
  EXPECT_THAT(NamesIn(folder_), IsEmpty());
  EXPECT_TRUE(IsDisconnected(Connect<int>(AtPath().name).status()));
}

TEST_F(ListenerNameTest, APathOfALiveListenerIsRefused) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ListenInChild(AtPath()));
  EXPECT_THAT(Listener<int>::Create(AtPath()),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Connect<int>(AtPath().name), IsOk());
}

TEST_F(ListenerNameTest, APathOfAKilledListenerIsTakenOver) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ListenInChild(AtPath()));
  Kill(child);
  EXPECT_THAT(NamesIn(folder_), Not(IsEmpty())) << "it could not tidy up";
  EXPECT_TRUE(IsDisconnected(Connect<int>(AtPath().name).status()));
  ASSERT_OK_AND_ASSIGN(Listener<int> listener, Listener<int>::Create(AtPath()));
  EXPECT_THAT(Connect<int>(AtPath().name), IsOk());
  EXPECT_THAT(listener.AcceptUntil(Soon()), IsOk());
}

TEST_F(ListenerNameTest, AListenerWithoutALockIsLeftAloneWhileItLives) {
  auto address = internal::UnixAddress::FromName(AtPath().name);
  ASSERT_THAT(address, IsOk());
  transport::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), address->address(), address->size()), 0);
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  EXPECT_THAT(Listener<int>::Create(AtPath()),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(NamesIn(folder_), UnorderedElementsAre("service"));
  EXPECT_THAT(Connect<int>(AtPath().name),
              StatusIs(absl::StatusCode::kInvalidArgument));
  socket.Reset();
  EXPECT_THAT(Listener<int>::Create(AtPath()), IsOk());
}

TEST_F(ListenerNameTest, ANameOfAnotherSystemIsRefused) {
  EXPECT_THAT(Listener<int>::Create({.name = "mach:com.example"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Connect<int>("mach:com.example"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ListenerNameTest, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(path()) << "precious";
  EXPECT_THAT(Listener<int>::Create(AtPath()),
              StatusIs(absl::StatusCode::kAlreadyExists));
  std::string content;
  std::ifstream(path()) >> content;
  EXPECT_EQ(content, "precious");
  EXPECT_TRUE(IsDisconnected(Connect<int>(AtPath().name).status()));
}

TEST_F(ListenerNameTest, ALockFileThatIsALinkIsNotFollowed) {
  ASSERT_EQ(
      ::symlink((folder_ + "/target").c_str(), (path() + ".lock").c_str()), 0);
  EXPECT_THAT(Listener<int>::Create(AtPath()),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(NamesIn(folder_), UnorderedElementsAre("service.lock"));
}

TEST_F(ListenerNameTest, AFolderThatIsNotThereIsAnError) {
  const Options options = {.name = "unix-path:" + folder_ + "/none/service"};
  EXPECT_THAT(Listener<int>::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(IsDisconnected(Connect<int>(options.name).status()));
}

TEST_F(ListenerNameTest, ThePermissionsOfASocketAreThoseAskedFor) {
  const auto permissions = [this] {
    struct stat state = {};
    EXPECT_EQ(::stat(path().c_str(), &state), 0);
    return state.st_mode & 0777;
  };
  Options options = AtPath();
  {
    auto listener = Listener<int>::Create(options);
    ASSERT_THAT(listener, IsOk());
    EXPECT_EQ(permissions(), 0600);
  }
  options.path_permissions = 0666;
  auto listener = Listener<int>::Create(options);
  ASSERT_THAT(listener, IsOk());
  EXPECT_EQ(permissions(), 0666);
}

TEST_F(ListenerNameTest, ANewPathLiesInAFolderOfItsOwnThatOthersCannotEnter) {
  std::string name;
  {
    ASSERT_OK_AND_ASSIGN(
        Listener<int> listener,
        Listener<int>::Create({.name = std::string(kNewPathName)}));
    name = listener.name();
    EXPECT_THAT(name, StartsWith("unix-path:" + folder_ + "/ipc_channel-"));
    ASSERT_THAT(NamesIn(folder_), SizeIs(1));
    struct stat state = {};
    ASSERT_EQ(::stat((folder_ + "/" + NamesIn(folder_)[0]).c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777, 0700);
    EXPECT_THAT(Connect<int>(name), IsOk());
    EXPECT_THAT(listener.AcceptUntil(Soon()), IsOk());
  }
  EXPECT_THAT(NamesIn(folder_), IsEmpty());
  EXPECT_TRUE(IsDisconnected(Connect<int>(name).status()));
}

TEST_F(ListenerNameTest, TheNextNewPathRemovesTheFoldersOfTheDeadOnly) {
  const Options options = {.name = std::string(kNewPathName)};
  std::string live_name;
  ASSERT_OK_AND_ASSIGN(ChildProcess live, ListenInChild(options, &live_name));
  ASSERT_OK_AND_ASSIGN(ChildProcess dead, ListenInChild(options));
  Kill(dead);
  ASSERT_THAT(NamesIn(folder_), SizeIs(2));
  ASSERT_OK_AND_ASSIGN(const Listener<int> listener,
                       Listener<int>::Create(options));
  EXPECT_THAT(NamesIn(folder_), SizeIs(2)) << "this one's, and the live one's";
  EXPECT_THAT(Connect<int>(live_name), IsOk());
  EXPECT_THAT(Connect<int>(listener.name()), IsOk());
}

TEST_F(ListenerNameTest, AFolderTooLongForASocketIsPassedOver) {
  const std::string deep = folder_ + "/" + std::string(90, 'x');
  ASSERT_EQ(::mkdir(deep.c_str(), 0700), 0);
  ::setenv("XDG_RUNTIME_DIR", deep.c_str(), 1);
  ::setenv("TMPDIR", folder_.c_str(), 1);
  ASSERT_OK_AND_ASSIGN(
      const Listener<int> listener,
      Listener<int>::Create({.name = std::string(kNewPathName)}));
  EXPECT_THAT(listener.name(), StartsWith("unix-path:" + folder_ + "/ipc_"));
  EXPECT_THAT(Connect<int>(listener.name()), IsOk());
  ::unsetenv("TMPDIR");
}

TEST_F(ListenerNameTest, ACopyInAForkedChildEndsNothing) {
  ASSERT_OK_AND_ASSIGN(Listener<int> listener, Listener<int>::Create(AtPath()));
  std::optional<Listener<int>> held = std::move(listener);
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&held] {
                         held.reset();
                         return 0;
                       }));
  ASSERT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(Connect<int>(AtPath().name), IsOk());
  EXPECT_THAT(held->AcceptUntil(Soon()), IsOk());
}

TEST_F(ListenerNameTest, ACopyInAForkedChildKeepsNothingUp) {
  ASSERT_OK_AND_ASSIGN(Listener<int> listener, Listener<int>::Create(AtPath()));
  std::optional<Listener<int>> held = std::move(listener);
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([] {
                         ::pause();
                         return 0;
                       }));
  ASSERT_OK_AND_ASSIGN(const Sender<int> waiting, Connect<int>(AtPath().name));
  held.reset();
  EXPECT_TRUE(IsDisconnected(waiting.Send(1)));
  EXPECT_THAT(Listener<int>::Create(AtPath()), IsOk());
}

// The copy keeps an abstract name, but nobody is let in by it.
TEST_F(ListenerNameTest, ACopyOfAnAbstractOneInAForkedChildServesNobody) {
  ASSERT_OK_AND_ASSIGN(Listener<int> listener, Listener<int>::Create());
  const std::string name = listener.name();
  std::optional<Listener<int>> held = std::move(listener);
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([] {
                         ::pause();
                         return 0;
                       }));
  held.reset();
  EXPECT_TRUE(
      IsDisconnected(Connect<int>(name, absl::InfinitePast()).status()));
}

// What several processes see of one name.
struct Contest {
  std::atomic<int> holders = 0;
  std::atomic<int> wins = 0;
  std::atomic<int> wrongs = 0;
};

// Tries to have the name until all together have had it `wins` times. Whoever
// has it must be the only one.
int Contend(Contest& contest, const Options& options, int wins,
            bool dies_of_it) {
  while (contest.wins < wins && contest.wrongs == 0) {
    auto listener = Listener<int>::Create(options);
    if (absl::IsAlreadyExists(listener.status())) continue;
    if (!listener.ok()) ++contest.wrongs;
    if (!listener.ok()) return 1;
    if (contest.holders.fetch_add(1) != 0) ++contest.wrongs;
    ++contest.wins;
    // Who connects by that name reaches the one who has it.
    auto client = Connect<int>(options.name, Soon());
    if (!client.ok() || !listener->TryAccept().value().has_value()) {
      ++contest.wrongs;
    }
    contest.holders.fetch_sub(1);
    if (dies_of_it) ::kill(::getpid(), SIGKILL);
  }
  return 0;
}

TEST_F(ListenerNameTest, ManyWhoWantOnePathNeverHaveItTogether) {
  constexpr int kContenders = 4;
  constexpr int kWins = 1000;
  SharedPage<Contest> contest;
  std::vector<ChildProcess> contenders;
  for (int i = 0; i < kContenders; ++i) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                           return Contend(*contest, AtPath(), kWins, false);
                         }));
    contenders.push_back(std::move(child));
  }
  for (int i = 0; i < 50; ++i) {  // leave the path behind, in any state
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                           return Contend(*contest, AtPath(), kWins, true);
                         }));
    ASSERT_THAT(child.Wait(Soon()), IsOk());
  }
  for (ChildProcess& child : contenders) {
    EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  }
  EXPECT_EQ(contest->wrongs, 0);
  EXPECT_GE(contest->wins, kWins);
}

std::string UnixSockets() {
  std::ifstream file("/proc/net/unix");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST_F(ListenerNameTest, KilledAtAnyMomentItStopsNobodyAndLeavesNothing) {
  constexpr int kRounds = 200;
  // As unique as the folder, whatever namespace gives process numbers.
  const std::string abstract = folder_.substr(folder_.rfind('/') + 1);
  const std::vector<Options> all = {
      AtPath(),
      {.name = "unix-abstract:" + abstract},
      {.name = std::string(kNewPathName)},
      {.name = std::string(kNewAbstractName)},
  };
  const auto serve_one = [](const Options& options) {
    auto listener = Listener<int>::Create(options);
    if (!listener.ok()) return listener.status();
    auto client = Connect<int>(listener->name(), Soon());
    if (!client.ok()) return client.status();
    return listener->AcceptUntil(Soon()).status();
  };
  std::minstd_rand random(1);
  std::uniform_int_distribution<int> microseconds(0, 3000);
  for (int i = 0; i < kRounds && !HasFailure(); ++i) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                           while (true) {
                             for (const Options& options : all) {
                               serve_one(options).IgnoreError();
                             }
                           }
                           return 0;
                         }));
    absl::SleepFor(absl::Microseconds(microseconds(random)));
    Kill(child);
    for (const Options& options : all) {
      EXPECT_THAT(serve_one(options), IsOk()) << options.name;
    }
    EXPECT_THAT(NamesIn(folder_), IsEmpty());
  }
  EXPECT_THAT(UnixSockets(), Not(HasSubstr(abstract)))
      << "neither the abstract name nor a path";
}

}  // namespace
}  // namespace ipc_channel
