// Processes of different users refuse each other. Runs as root and outside a
// sandbox's user namespace, or there is no other user to become.

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
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
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::HasSubstr;

constexpr uid_t kAnotherUser = 12345;
constexpr int kCannotBecomeAnother = 99;

bool CannotBecomeAnother(const absl::StatusOr<ExitResult>& ended) {
  return ended.ok() && *ended == ExitResult::Exited(kCannotBecomeAnother);
}

OneShotServer<int> MakeServer() {
  absl::StatusOr<OneShotServer<int>> server = OneShotServer<int>::Create();
  EXPECT_THAT(server, IsOk());
  return *std::move(server);
}

TEST(OtherUserTest, ConnectRefusesTheServerOfAnotherUser) {
  OneShotServer<int> server = MakeServer();
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&server] {
    if (::setuid(kAnotherUser) != 0) return kCannotBecomeAnother;
    const absl::Status status = Connect<int>(server.name()).status();
    return absl::IsPermissionDenied(status) ? 0 : 1;
  });
  ASSERT_THAT(child, IsOk());
  absl::StatusOr<ExitResult> ended = child->Wait(Soon());
  if (CannotBecomeAnother(ended)) GTEST_SKIP() << "needs root";
  EXPECT_THAT(ended, IsOkAndHolds(ExitResult::Exited(0)));
}

TEST(OtherUserTest, AServerRefusesTheClientOfAnotherUser) {
  OneShotServer<int> server = MakeServer();
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&server] {
    if (::setuid(kAnotherUser) != 0) return kCannotBecomeAnother;
    auto address = internal::UnixAddress::FromName(server.name());
    transport::UniqueFd socket(
        ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!address.ok() ||
        ::connect(socket.get(), address->address(), address->size()) != 0) {
      return 3;
    }
    auto sender = transport::AdoptUnixSender(std::move(socket));
    if (!sender.ok()) return 4;
    return Sender<int>(*std::move(sender)).Send(1).ok() ? 0 : 5;
  });
  ASSERT_THAT(child, IsOk());
  absl::StatusOr<ExitResult> ended = child->Wait(Soon());
  if (CannotBecomeAnother(ended)) GTEST_SKIP() << "needs root";
  ASSERT_THAT(ended, IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(
      server.Accept(absl::Now() + absl::Milliseconds(10)),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("another user")));
}

// A name of this test's own.
std::string AbstractName(const std::string& word) {
  return "unix-abstract:other_user_test." + word + "." +
         std::to_string(::getpid());
}

// A folder that every user may enter, and unless told otherwise only this one
// may change.
class OpenFolder {
 public:
  explicit OpenFolder(mode_t permissions = 0755) {
    std::string folder = "/tmp/other_user_test.XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    ::chmod(folder.c_str(), permissions);
    path_ = folder;
  }
  ~OpenFolder() { EXPECT_EQ(::rmdir(path_.c_str()), 0); }

  // What others left that were killed.
  void Clear() const {
    for (const char* name : {"/service", "/service.lock"}) {
      std::filesystem::remove(path_ + name);
    }
  }

  std::string NameIn() const { return "unix-path:" + path_ + "/service"; }

 private:
  std::string path_;
};

using Options = ListenerOptions;

bool AdmitsAll(const PeerIdentity&) { return true; }

// Listens as `become` makes of the child, and accepts and holds clients until
// it is killed. Tells whether it could.
absl::StatusOr<ChildProcess> ListenInChild(
    const Options& options, const std::function<bool()>& become) {
  absl::StatusOr<ChannelEnds<bool>> report = Channel<bool>();
  if (!report.ok()) return report.status();
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&] {
    if (!become()) {
      report->sender.Send(false).IgnoreError();
      return kCannotBecomeAnother;
    }
    auto listener = Listener<int>::Create(options);
    if (!report->sender.Send(listener.ok()).ok() || !listener.ok()) return 1;
    std::vector<Listener<int>::Client> clients;
    while (true) {
      absl::StatusOr<Listener<int>::Client> client = listener->Accept();
      if (!client.ok()) return 2;
      clients.push_back(*std::move(client));
    }
  });
  if (!child.ok()) return child;
  absl::StatusOr<bool> is_there = report->receiver.RecvUntil(Soon());
  if (!is_there.ok()) return is_there.status();
  if (!*is_there) return absl::PermissionDeniedError("cannot become another");
  return child;
}

// What connecting to `name` gives to a child that `become` makes something
// else: the number of the code.
ExitResult ConnectInChild(const std::string& name,
                          const std::function<bool()>& become,
                          const ConnectOptions& options = {}) {
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&] {
    if (!become()) return kCannotBecomeAnother;
    return static_cast<int>(Connect<int>(name, options).status().code());
  });
  EXPECT_THAT(child, IsOk());
  absl::StatusOr<ExitResult> ended = child->Wait(Soon());
  EXPECT_THAT(ended, IsOk());
  return *ended;
}

ExitResult Code(absl::StatusCode code) {
  return ExitResult::Exited(static_cast<int>(code));
}

bool BecomeAnotherUser() { return ::setuid(kAnotherUser) == 0; }
bool BecomeAThirdUser() { return ::setuid(kAnotherUser + 1) == 0; }
bool EnterNewUserNamespace() { return ::unshare(CLONE_NEWUSER) == 0; }
bool EnterNewNetwork() { return ::unshare(CLONE_NEWNET) == 0; }

// Until told that nobody receives.
bool IsRefused(const Sender<int>& client) {
  const absl::Time deadline = Soon();
  absl::Status sent;
  while (sent.ok()) sent = client.SendUntil(0, deadline);
  return IsDisconnected(sent);
}

TEST(OtherUserTest, ANameThatAnotherUserTookFirstIsNotBelieved) {
  const Options options = {.name = AbstractName("squatted"),
                           .admits = &AdmitsAll};
  const auto squatter = ListenInChild(options, &BecomeAnotherUser);
  if (absl::IsPermissionDenied(squatter.status())) GTEST_SKIP() << "needs root";
  ASSERT_THAT(squatter, IsOk());
  EXPECT_THAT(Listener<int>::Create(options),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Connect<int>(options.name),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Connect<int>(options.name, {.server_uid = ::geteuid()}),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Connect<int>(options.name, {.server_uid = kAnotherUser}), IsOk());
}

TEST(OtherUserTest, APathThatAnotherUserTookFirstIsNotBelieved) {
  const OpenFolder folder(01777);  // as /tmp
  const Options options = {
      .name = folder.NameIn(), .admits = &AdmitsAll, .path_permissions = 0666};
  auto squatter = ListenInChild(options, &BecomeAnotherUser);
  if (absl::IsPermissionDenied(squatter.status())) GTEST_SKIP() << "needs root";
  ASSERT_THAT(squatter, IsOk());
  EXPECT_THAT(Listener<int>::Create(options),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Connect<int>(options.name),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(ConnectInChild(options.name, &BecomeAThirdUser),
            Code(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Connect<int>(options.name, {.server_uid = kAnotherUser}), IsOk());
  // What it leaves behind, too, stays its own.
  ASSERT_THAT(squatter->Kill(SIGKILL), IsOk());
  ASSERT_THAT(squatter->Wait(Soon()), IsOk());
  EXPECT_THAT(Listener<int>::Create(options),
              StatusIs(absl::StatusCode::kPermissionDenied));
  folder.Clear();
}

TEST(OtherUserTest, TheServerThatIsExpectedIsNotToBeOnesOwn) {
  Options options = {.name = AbstractName("own")};
  auto listener = Listener<int>::Create(options);
  ASSERT_THAT(listener, IsOk());
  EXPECT_THAT(Connect<int>(options.name, {.server_uid = kAnotherUser}),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(OtherUserTest, APathInAPrivateFolderIsClosedToOthers) {
  auto listener = Listener<int>::Create({.name = std::string(kNewPathName)});
  ASSERT_THAT(listener, IsOk());
  const ExitResult code = ConnectInChild(listener->name(), &BecomeAnotherUser,
                                         {.server_uid = ::geteuid()});
  if (code == ExitResult::Exited(kCannotBecomeAnother)) {
    GTEST_SKIP() << "needs root";
  }
  EXPECT_EQ(code, Code(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(listener->TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
}

TEST(OtherUserTest, ThePolicyLetsOthersIn) {
  const OpenFolder folder;
  for (const std::string& name : {AbstractName("open"), folder.NameIn()}) {
    auto listener = Listener<int>::Create({.name = name,
                                           .admits = &AdmitsAll,
                                           .max_clients_per_user = 1,
                                           .path_permissions = 0666});
    ASSERT_THAT(listener, IsOk());
    // The share of one user takes nothing from another's.
    auto own = Connect<int>(name);
    ASSERT_THAT(own, IsOk());
    auto first = listener->AcceptUntil(Soon());
    ASSERT_THAT(first, IsOk());
    const ExitResult code =
        ConnectInChild(name, &BecomeAnotherUser, {.server_uid = ::geteuid()});
    if (code == ExitResult::Exited(kCannotBecomeAnother)) {
      GTEST_SKIP() << "needs root";
    }
    EXPECT_EQ(code, Code(absl::StatusCode::kOk));
    auto second = listener->AcceptUntil(Soon());
    ASSERT_THAT(second, IsOk());
    EXPECT_EQ(second->peer.uid, static_cast<std::int64_t>(kAnotherUser));
  }
}

TEST(OtherUserTest, WithoutAPolicyAListenerRefusesOthers) {
  const OpenFolder folder;
  auto listener = Listener<int>::Create(
      {.name = folder.NameIn(), .path_permissions = 0666});
  ASSERT_THAT(listener, IsOk());
  const ExitResult code = ConnectInChild(listener->name(), &BecomeAnotherUser,
                                         {.server_uid = ::geteuid()});
  if (code == ExitResult::Exited(kCannotBecomeAnother)) {
    GTEST_SKIP() << "needs root";
  }
  EXPECT_EQ(code, Code(absl::StatusCode::kOk)) << "the kernel lets it connect";
  EXPECT_THAT(listener->TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
}

// There all unknown users have one number, and so has this process itself.
TEST(OtherUserTest, FromAnUnmappedUserNamespaceNoServerIsOnesOwn) {
  auto listener = Listener<int>::Create({.name = AbstractName("unmapped")});
  ASSERT_THAT(listener, IsOk());
  const ExitResult code =
      ConnectInChild(listener->name(), &EnterNewUserNamespace);
  if (code == ExitResult::Exited(kCannotBecomeAnother)) {
    GTEST_SKIP() << "no user namespaces here";
  }
  EXPECT_EQ(code, Code(absl::StatusCode::kPermissionDenied));
}

TEST(OtherUserTest, AServerInAnUnmappedUserNamespaceServesNobodyOfOutside) {
  const Options options = {.name = AbstractName("unmapped_server")};
  const auto server = ListenInChild(options, &EnterNewUserNamespace);
  if (absl::IsPermissionDenied(server.status())) {
    GTEST_SKIP() << "no user namespaces here";
  }
  ASSERT_THAT(server, IsOk());
  // To us it is one of our own, for the kernel says so; we are none to it.
  const auto client = Connect<int>(options.name);
  ASSERT_THAT(client, IsOk());
  EXPECT_TRUE(IsRefused(*client));
}

TEST(OtherUserTest, PathsCrossNetworkNamespacesAndAbstractNamesDoNot) {
  auto abstract = Listener<int>::Create({.name = AbstractName("network")});
  auto path = Listener<int>::Create({.name = std::string(kNewPathName)});
  ASSERT_THAT(abstract, IsOk());
  ASSERT_THAT(path, IsOk());
  const ExitResult code = ConnectInChild(abstract->name(), &EnterNewNetwork);
  if (code == ExitResult::Exited(kCannotBecomeAnother)) {
    GTEST_SKIP() << "no network namespaces here";
  }
  EXPECT_EQ(code, Code(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ConnectInChild(path->name(), &EnterNewNetwork),
            Code(absl::StatusCode::kOk));
  auto accepted = path->AcceptUntil(Soon());
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->peer.uid, static_cast<std::int64_t>(::geteuid()));
}

}  // namespace
}  // namespace ipc_channel
