// What a spawned child starts with where channels are sockets.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/internal/socket_inode.h"
#include "ipc_channel/bootstrap/spawn.h"
#include "ipc_channel/bootstrap/spawn_testing.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

// Which descriptors there are.
IPC_CHANNEL_CHILD_MAIN(TellDescriptors) {
  std::vector<int> descriptors;
  for (int fd = 0; fd < 4096; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) descriptors.push_back(fd);
  }
  auto parent = InheritedChannel<int, std::vector<int>>();
  return parent.ok() && parent->sender.Send(descriptors).ok() ? 0 : 2;
}

// Takes the ends twice, and looks what is left of them for others.
IPC_CHANNEL_CHILD_MAIN(TakeTwice) {
  auto parent = InheritedChannel<int, int>();
  if (!parent.ok()) return 2;
  if (::getenv(internal::kInheritedVariable) != nullptr) return 3;
  for (const int fd : {3, 4}) {
    if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) return 4;
  }
  if (InheritedChannel<int, int>().status().code() != kPrecondition) return 5;
  return parent->sender.Send(1).ok() ? 0 : 6;
}

// Was built with other definitions.
IPC_CHANNEL_CHILD_MAIN(ExpectOtherValues) {
  auto parent = InheritedChannel<int, std::string>();
  if (::fcntl(3, F_GETFD) >= 0 || ::fcntl(4, F_GETFD) >= 0) return 2;
  return parent.status().code() == kInvalid ? 0 : 3;
}

// Is started with a variable that somebody else has made.
IPC_CHANNEL_CHILD_MAIN(DoNotBelieve) {
  const int descriptors_before = ::fcntl(3, F_GETFD);
  if (InheritedChannel<int, int>().status().code() != kInvalid) return 2;
  if (::getenv(internal::kInheritedVariable) != nullptr) return 3;
  const bool keeps = args.at(0) == "keeps";
  return keeps && ::fcntl(3, F_GETFD) != descriptors_before ? 4 : 0;
}

// Moves an open file to a number.
UniqueFd MoveTo(int number, UniqueFd descriptor) {
  return UniqueFd(::dup3(descriptor.get(), number, O_CLOEXEC));
}

// Has no standard descriptors itself, so that everything it opens lands where
// its child is to have something else, its output where that has its input.
IPC_CHANNEL_CHILD_MAIN(SpawnFromLowNumbers) {
  int input[2];
  int output[2];
  if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0) {
    return 2;
  }
  Command command = ChildMain("EchoInput");
  command.standard_input = Stdio::Descriptor(MoveTo(1, UniqueFd(input[0])));
  command.standard_output = Stdio::Descriptor(MoveTo(0, UniqueFd(output[1])));
  const UniqueFd writing = MoveTo(20, UniqueFd(input[1]));
  const UniqueFd reading = MoveTo(21, UniqueFd(output[0]));
  for (int fd = 2; fd < 20; ++fd) ::close(fd);
  command.standard_error = Stdio::Null();
  auto spawned = Spawn<std::string, std::string>(std::move(command));
  if (!spawned.ok()) return 3;
  if (::write(writing.get(), "x", 1) != 1) return 4;
  char byte = 0;
  if (::read(reading.get(), &byte, 1) != 1) return 5;
  if (byte != 'x' || !spawned->sender.Send("y").ok()) return 6;
  auto answer = spawned->receiver.RecvUntil(Soon());
  if (!answer.ok() || *answer != "y") return 7;
  auto end = spawned->child.WaitUntil(Soon());
  return end.ok() && end->success() ? 0 : 8;
}

IPC_CHANNEL_CHILD_MAIN(EchoInput) {
  auto parent = InheritedChannel<std::string, std::string>();
  char byte = 0;
  if (!parent.ok() || ::read(0, &byte, 1) != 1 || ::write(1, &byte, 1) != 1 ||
      ::write(2, &byte, 1) != 1) {
    return 2;
  }
  auto text = parent->receiver.Recv();
  return text.ok() && parent->sender.Send(*text).ok() ? 0 : 3;
}

class SpawnUnixTest : public ::testing::Test {
 protected:
  ~SpawnUnixTest() override { EXPECT_TRUE(HasNoChild()); }

 private:
  ExpectNoFdLeak no_leak_;
};

TEST_F(SpawnUnixTest, TheSocketsAreOfTheParent) {
  auto spawned = Spawn<int, int>(ChildMain("TakeTwice"));
  ASSERT_THAT(spawned, IsOk());
  ucred peer = {};
  socklen_t size = sizeof(peer);
  ASSERT_EQ(::getsockopt(spawned->sender.raw().lane()->descriptor().get(),
                         SOL_SOCKET, SO_PEERCRED, &peer, &size),
            0);
  EXPECT_EQ(peer.pid, ::getpid());
  EXPECT_NE(peer.pid, spawned->child.pid());
}

TEST_F(SpawnUnixTest, TheEndsAreNotInheritedFurther) {
  auto spawned = Spawn<int, int>(ChildMain("TakeTwice"));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->receiver.RecvUntil(Soon()), IsOkAndHolds(1));
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(SpawnUnixTest, TheEndsOfOtherValuesAreClosed) {
  auto spawned =
      Spawn<std::string, std::string>(ChildMain("ExpectOtherValues"));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->child.WaitUntil(Soon()),
              IsOkAndHolds(ExitStatus::Exited(0)));
}

TEST_F(SpawnUnixTest, NoOtherDescriptorIsInherited) {
  // As one of a library that knows nothing of close-on-exec.
  const UniqueFd strange(::dup(STDERR_FILENO));
  const UniqueFd high(::fcntl(STDERR_FILENO, F_DUPFD, 900));
  Command command = ChildMain("TellDescriptors");
  command.standard_input = Stdio::Null();
  command.standard_output = Stdio::Null();
  auto spawned = Spawn<int, std::vector<int>>(std::move(command));
  ASSERT_THAT(spawned, IsOk());
  EXPECT_THAT(spawned->receiver.RecvUntil(Soon()),
              IsOkAndHolds(ElementsAre(0, 1, 2, 3, 4)));
}

TEST_F(SpawnUnixTest, NumbersThatAreInTheWayAreMovedOut) {
  absl::StatusOr<ChildProcess> child =
      ChildProcess::Exec("SpawnFromLowNumbers");
  ASSERT_THAT(child, IsOk());
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

// Each number of descriptors is too few until there are enough.
TEST_F(SpawnUnixTest, WithoutDescriptorsThereIsNoChild) {
  // None that is opened below it has to be moved out of the way: then the last
  // one that there must be room for is the child's pidfd.
  const UniqueFd high(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 16));
  int failures = 0;
  bool is_enough = false;
  for (int more = 0; !is_enough && more < 64; ++more) {
    absl::Status status;
    bool has_child = false;
    {
      const transport::ScopedDescriptorLimit limit(more);
      auto spawned = Spawn<int, int>({.program = "/bin/true",
                                      .standard_input = Stdio::Pipe(),
                                      .standard_output = Stdio::Null()});
      status = spawned.status();
      has_child = !HasNoChild();
    }
    is_enough = status.ok();
    EXPECT_EQ(has_child, is_enough) << more;
    if (is_enough) continue;
    ++failures;
    EXPECT_THAT(status, StatusIs(kExhausted)) << more;
  }
  EXPECT_TRUE(is_enough);
  EXPECT_GT(failures, 6);
}

class HostileVariableTest : public SpawnUnixTest {
 protected:
  using Pair = std::pair<UniqueFd, UniqueFd>;

  static Pair MakePair(int type) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
  }

  static internal::InheritedPair Describe(const Pair& pair) {
    const std::uint64_t fingerprint = internal::ContentFingerprint<int>();
    const auto inode = [](const UniqueFd& socket) {
      return internal::SocketInode(socket.Borrow()).value_or(0);
    };
    return {.to_child = {.descriptor = 3,
                         .inode = inode(pair.first),
                         .fingerprint = fingerprint},
            .to_parent = {.descriptor = 4,
                          .inode = inode(pair.second),
                          .fingerprint = fingerprint}};
  }

  // Starts a child with descriptors and a variable.
  static void Start(const std::string& entry, const std::string& argument,
                    const std::string& value, int third, int fourth) {
    ExecOptions options = {
        .environment = {{internal::kInheritedVariable, value}}};
    if (third >= 0) options.descriptors[3] = third;
    if (fourth >= 0) options.descriptors[4] = fourth;
    absl::StatusOr<ChildProcess> child =
        ChildProcess::Exec(entry, {argument}, options);
    ASSERT_THAT(child, IsOk());
    EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)))
        << value;
  }
};

// So that the tests below fail for what they say.
TEST_F(HostileVariableTest, ATrueOneIsBelieved) {
  const Pair pair = MakePair(SOCK_SEQPACKET);
  Start("TakeTwice", "", internal::FormatInherited(Describe(pair)),
        pair.first.get(), pair.second.get());
}

TEST_F(HostileVariableTest, NonsenseIsRefused) {
  for (const char* const value : {"", "1", "noise", "1:3:4:5:6:7:8"}) {
    Start("DoNotBelieve", "keeps", value, STDERR_FILENO, -1);
  }
}

TEST_F(HostileVariableTest, ClosedDescriptorsAreRefused) {
  const Pair pair = MakePair(SOCK_SEQPACKET);
  const std::string value = internal::FormatInherited(Describe(pair));
  Start("DoNotBelieve", "keeps", value, -1, -1);
  Start("DoNotBelieve", "keeps", value, pair.first.get(), -1);
}

TEST_F(HostileVariableTest, WhatHasTheirNumbersIsLeftAlone) {
  const Pair pair = MakePair(SOCK_SEQPACKET);
  const Pair other = MakePair(SOCK_SEQPACKET);
  const std::string value = internal::FormatInherited(Describe(pair));
  Start("DoNotBelieve", "keeps", value, other.first.get(), other.second.get());
  Start("DoNotBelieve", "keeps", value, pair.second.get(), pair.first.get());
  Start("DoNotBelieve", "keeps", value, STDERR_FILENO, STDERR_FILENO);
}

TEST_F(HostileVariableTest, SocketsOfAnotherTypeAreRefused) {
  const Pair pair = MakePair(SOCK_STREAM);
  Start("DoNotBelieve", "", internal::FormatInherited(Describe(pair)),
        pair.first.get(), pair.second.get());
}

}  // namespace
}  // namespace ipc_channel
