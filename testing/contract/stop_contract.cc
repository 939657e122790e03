#include <stop_token>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::IsDisconnected;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;

constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;

TEST_P(TransportContractTest, StopEndsAWaitingReceive) {
  auto [sender, receiver] = NewChannel();
  for (const absl::Time deadline : {absl::InfiniteFuture(), Soon()}) {
    std::stop_source source;
    std::thread stopper([&source] {
      absl::SleepFor(absl::Milliseconds(20));
      source.request_stop();
    });
    Message message;
    EXPECT_THAT(receiver.Receive(message, deadline, source.get_token()),
                StatusIs(kCancelled));
    stopper.join();
  }
  EXPECT_TRUE(AreConnected(sender, receiver));
}

TEST_P(TransportContractTest, StopBeforeAReceiveLeavesMessagesQueued) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(SendText(sender, "queued"));
  std::stop_source source;
  source.request_stop();
  Message message;
  EXPECT_THAT(
      receiver.Receive(message, absl::InfiniteFuture(), source.get_token()),
      StatusIs(kCancelled));
  EXPECT_TRUE(message.payload().empty());
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_EQ(Text(message.payload()), "queued");
}

TEST_P(TransportContractTest, MessageEndsAReceiveThatMayBeStopped) {
  auto [sender, receiver] = NewChannel();
  std::stop_source source;
  std::thread teller([&sender = sender] {
    absl::SleepFor(absl::Milliseconds(20));
    EXPECT_OK(SendText(sender, "late"));
  });
  Message message;
  EXPECT_OK(
      receiver.Receive(message, absl::InfiniteFuture(), source.get_token()));
  EXPECT_EQ(Text(message.payload()), "late");
  teller.join();
}

TEST_P(TransportContractTest, ReceiveThatMayBeStoppedKeepsItsDeadline) {
  auto [sender, receiver] = NewChannel();
  std::stop_source source;
  Message message;
  EXPECT_THAT(receiver.Receive(message, absl::Now() + absl::Milliseconds(10),
                               source.get_token()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(
      receiver.Receive(message, absl::InfinitePast(), source.get_token()),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_P(TransportContractTest, ReceiveThatMayBeStoppedIsToldOfTheEnd) {
  auto [sender, receiver] = NewChannel();
  std::stop_source source;
  ASSERT_OK(SendText(sender, "last"));
  sender = {};
  Message message;
  EXPECT_OK(receiver.Receive(message, Soon(), source.get_token()));
  EXPECT_TRUE(
      IsDisconnected(receiver.Receive(message, Soon(), source.get_token())));
  EXPECT_THAT(Receiver().Receive(message, Soon(), source.get_token()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// Whoever wins, the message is received once.
TEST_P(TransportContractTest, StopAndMessageAtOnceLoseNothing) {
  auto [sender, receiver] = NewChannel();
  Message message;
  // Makes what is made on first use.
  std::stop_source unused;
  receiver
      .Receive(message, absl::Now() + absl::Milliseconds(1), unused.get_token())
      .IgnoreError();
  const ExpectNoFdLeak no_leak;
  for (int i = 0; i < 300; ++i) {
    std::stop_source source;
    std::thread stopper([&source] { source.request_stop(); });
    std::thread teller(
        [&sender = sender] { EXPECT_OK(SendText(sender, "once")); });
    const absl::Status status =
        receiver.Receive(message, absl::InfiniteFuture(), source.get_token());
    if (!status.ok()) {
      EXPECT_THAT(status, StatusIs(kCancelled));
      ASSERT_OK(receiver.Receive(message, Soon()));
    }
    EXPECT_EQ(Text(message.payload()), "once");
    stopper.join();
    teller.join();
    EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  }
}

}  // namespace
}  // namespace ipc_channel_testing
