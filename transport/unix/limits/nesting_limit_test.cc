// Linux before 6.10 says ETOOMANYREFS of receivers that lie too deep in one
// another's queues, as it does of too many descriptors in flight. A filter
// stands for such a kernel.

#include <sys/syscall.h>

#include <cerrno>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::testing::HasSubstr;

class NestingLimitTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    absl::StatusOr<ChannelPair> outer = CreateUnixChannel();
    absl::StatusOr<ChannelPair> inner = CreateUnixChannel();
    ASSERT_OK(outer);
    ASSERT_OK(inner);
    outer_ = *std::move(outer);
    inner_ = *std::move(inner);
  }

  // The outcome of sending the inner receiver where `deny` holds, which it does
  // for a thread.
  absl::Status SendWhere(const std::function<bool()>& deny,
                         absl::Time deadline) {
    absl::Status status;
    std::thread([&] {
      if (!deny()) {
        status = absl::UnimplementedError("no filters here");
        return;
      }
      status = outer_.sender.Send(Pattern(10), Lend(inner_.receiver), deadline);
    }).join();
    return status;
  }

  void ExpectNothingWasTaken() {
    EXPECT_TRUE(AreConnected(inner_.sender, inner_.receiver));
    ASSERT_OK(outer_.sender.Send(Bytes("good"), Lend(inner_.receiver)));
    Message message;
    ASSERT_OK(outer_.receiver.Receive(message, Soon()));
    Receiver received = Take<Receiver>(message, 0);
    EXPECT_TRUE(AreConnected(inner_.sender, received));
  }

  ChannelPair outer_;
  ChannelPair inner_;
};

TEST_F(NestingLimitTest, SendThatIsTooDeepIsRefusedHoweverLongItMayWait) {
  const int number = outer_.sender.lane()->descriptor().get();
  for (const absl::Time deadline :
       {absl::InfinitePast(), Soon(), absl::InfiniteFuture()}) {
    const absl::Status status = SendWhere(
        [&] { return unix_backend::DenySendingTo(number, ETOOMANYREFS); },
        deadline);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                                 HasSubstr("too deep")));
    EXPECT_FALSE(IsFull(status));
  }
  ExpectNothingWasTaken();
}

TEST_F(NestingLimitTest, SendWhileTooManyAreInFlightWaitsForItsDeadline) {
  const auto deny = [] {
    return unix_backend::DenySyscalls({SYS_sendmsg}, ETOOMANYREFS);
  };
  EXPECT_THAT(
      SendWhere(deny, absl::InfinitePast()),
      StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("in flight")));
  EXPECT_THAT(SendWhere(deny, absl::Now() + absl::Milliseconds(30)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  ExpectNothingWasTaken();
}

}  // namespace
}  // namespace ipc_channel::transport
