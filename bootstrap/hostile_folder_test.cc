// Listeners at paths in folders that others may write to, or replace.

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace {

// What somebody else does right after a socket has been bound.
std::function<void()>& AfterBind() {
  static auto* const action = new std::function<void()>();
  return *action;
}

}  // namespace

// In place of the C library's.
extern "C" int bind(int socket, const sockaddr* address, socklen_t size) {
  const auto result =
      static_cast<int>(::syscall(SYS_bind, socket, address, size));
  if (result == 0 && AfterBind()) AfterBind()();
  return result;
}

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

using transport::UniqueFd;

constexpr absl::StatusCode kExists = absl::StatusCode::kAlreadyExists;
constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

mode_t PermissionsOf(const std::string& path) {
  struct stat state = {};
  EXPECT_EQ(::lstat(path.c_str(), &state), 0) << path;
  return state.st_mode & 07777;
}

bool Exists(const std::string& path) {
  struct stat state = {};
  return ::lstat(path.c_str(), &state) == 0;
}

void BindTo(const UniqueFd& socket, const std::string& path) {
  const auto address = internal::UnixAddress::FromName("unix-path:" + path);
  ASSERT_THAT(address, IsOk());
  ASSERT_EQ(::bind(socket.get(), address->address(), address->size()), 0);
}

// A socket at `path` at which nobody has listened, or ever will.
UniqueFd BoundAt(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  BindTo(socket, path);
  return socket;
}

class HostileFolderTest : public ::testing::Test {
  const ExpectNoFdLeak no_leak_;

 protected:
  HostileFolderTest() {
    std::string folder = "/tmp/hostile_folder_test.XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    base_ = folder;
    MakeFolder();
  }
  ~HostileFolderTest() override {
    AfterBind() = nullptr;
    EXPECT_EQ(std::system(("rm -r " + base_).c_str()), 0);
  }

  void MakeFolder() { ASSERT_EQ(::mkdir(folder().c_str(), 0700), 0); }
  std::string folder() const { return base_ + "/folder"; }
  std::string path() const { return folder() + "/service"; }
  std::string lock() const { return path() + ".lock"; }
  std::string victim() const { return base_ + "/victim"; }
  ListenerOptions AtPath() const { return {.name = "unix-path:" + path()}; }

  void ExpectServes(Listener<int>& listener) const {
    ASSERT_OK_AND_ASSIGN(const Sender<int> client,
                         Connect<int>(listener.name(), Soon()));
    ASSERT_OK(client.Send(5));
    ASSERT_OK_AND_ASSIGN(auto accepted, listener.AcceptUntil(Soon()));
    EXPECT_THAT(accepted.receiver.RecvUntil(Soon()), IsOkAndHolds(5));
  }

  std::string base_;
};

TEST_F(HostileFolderTest, ALinkInPlaceOfTheSocketChangesNoOtherFile) {
  std::ofstream(victim()) << "private";
  ASSERT_EQ(::chmod(victim().c_str(), 0640), 0);
  AfterBind() = [this] {
    ASSERT_EQ(::unlink(path().c_str()), 0);
    ASSERT_EQ(::symlink(victim().c_str(), path().c_str()), 0);
  };
  ListenerOptions options = AtPath();
  options.path_permissions = 0666;
  EXPECT_THAT(Listener<int>::Create(options), StatusIs(kExists));
  EXPECT_EQ(PermissionsOf(victim()), 0640u);
}

TEST_F(HostileFolderTest, AFileInPlaceOfTheSocketIsLeftAlone) {
  AfterBind() = [this] {
    ASSERT_EQ(::unlink(path().c_str()), 0);
    std::ofstream(path()) << "private";
    ASSERT_EQ(::chmod(path().c_str(), 0640), 0);
  };
  EXPECT_THAT(Listener<int>::Create(AtPath()), StatusIs(kExists));
  EXPECT_EQ(PermissionsOf(path()), 0640u);
}

TEST_F(HostileFolderTest, AnotherSocketThatIsLinkedThereIsLeftAlone) {
  const UniqueFd other = BoundAt(victim());
  ASSERT_EQ(::chmod(victim().c_str(), 0640), 0);
  AfterBind() = [this] {
    ASSERT_EQ(::unlink(path().c_str()), 0);
    ASSERT_EQ(::link(victim().c_str(), path().c_str()), 0);
  };
  EXPECT_THAT(Listener<int>::Create(AtPath()), StatusIs(kExists));
  EXPECT_EQ(PermissionsOf(victim()), 0640u);
}

TEST_F(HostileFolderTest, ThePermissionsAreThoseAskedForWhateverTheUmask) {
  for (const mode_t mask : {0000, 0027, 0177}) {
    const mode_t before = ::umask(mask);
    ListenerOptions options = AtPath();
    options.path_permissions = 0662;
    auto listener = Listener<int>::Create(options);
    ::umask(before);
    ASSERT_THAT(listener, IsOk());
    EXPECT_EQ(PermissionsOf(path()), 0662u);
    ExpectServes(*listener);
  }
}

TEST_F(HostileFolderTest, TheNextOneInAFolderOfThatNameIsLeftAlone) {
  ASSERT_OK_AND_ASSIGN(auto first, Listener<int>::Create(AtPath()));
  const std::string moved = base_ + "/moved";
  ASSERT_EQ(::rename(folder().c_str(), moved.c_str()), 0);
  MakeFolder();
  ASSERT_OK_AND_ASSIGN(auto second, Listener<int>::Create(AtPath()));
  static_cast<void>(std::move(first).ToReceiver());
  EXPECT_TRUE(Exists(lock()));
  EXPECT_THAT(Listener<int>::Create(AtPath()), StatusIs(kExists));
  ExpectServes(second);
}

TEST_F(HostileFolderTest, AFileOfAnotherProgramIsNoLock) {
  std::ofstream(lock()) << "of another program";
  EXPECT_THAT(Listener<int>::Create(AtPath()), StatusIs(kExists));
  std::ifstream file(lock());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}),
            "of another program");
}

TEST_F(HostileFolderTest, WhatCannotBeALockIsRefusedAndLeftAlone) {
  const auto refused = [this] {
    return Listener<int>::Create(AtPath()).status().code() == kDenied &&
           Exists(lock());
  };
  ASSERT_EQ(::mkdir(lock().c_str(), 0700), 0);
  EXPECT_TRUE(refused());
  ASSERT_EQ(::rmdir(lock().c_str()), 0);
  ASSERT_EQ(::mkfifo(lock().c_str(), 0600), 0);
  EXPECT_TRUE(refused());
  ASSERT_EQ(::unlink(lock().c_str()), 0);
  const UniqueFd socket = BoundAt(lock());
  EXPECT_TRUE(refused());
}

TEST_F(HostileFolderTest, ASocketThatIsClosedToUsIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "nothing is closed to root";
  const UniqueFd other = BoundAt(path());
  ASSERT_EQ(::chmod(path().c_str(), 0), 0);
  EXPECT_THAT(Listener<int>::Create(AtPath()), StatusIs(kDenied));
  EXPECT_TRUE(Exists(path()));
  EXPECT_THAT(Connect<int>(AtPath().name), StatusIs(kDenied));
}

TEST_F(HostileFolderTest, LinksInACircleAreNoServer) {
  ASSERT_EQ(::symlink(path().c_str(), path().c_str()), 0);
  EXPECT_THAT(Connect<int>(AtPath().name), StatusIs(kInvalid));
  EXPECT_THAT(Listener<int>::Create(AtPath()), StatusIs(kExists));
  EXPECT_THAT(Listener<int>::Create({.name = AtPath().name + "/service"}),
              StatusIs(kInvalid));
}

TEST_F(HostileFolderTest, AServerOfAnotherKindIsNone) {
  const UniqueFd other(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  BindTo(other, path());
  ASSERT_EQ(::listen(other.get(), 1), 0);
  EXPECT_THAT(Connect<int>(AtPath().name), StatusIs(kInvalid));
  EXPECT_THAT(Listener<int>::Create(AtPath()), StatusIs(kExists));
}

}  // namespace
}  // namespace ipc_channel
