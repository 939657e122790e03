// Processes of different users refuse each other. Runs as root and outside a
// sandbox's user namespace, or there is no other user to become.

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::HasSubstr;

constexpr uid_t kAnotherUser = 12345;
constexpr int kCannotBecomeAnother = 99;

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

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

}  // namespace
}  // namespace ipc_channel
