#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Sender;

constexpr absl::StatusCode kTooLate = absl::StatusCode::kDeadlineExceeded;

absl::Time InAMoment() { return absl::Now() + absl::Milliseconds(20); }

TEST_P(TransportContractTest, TryReceiveTellsNothingYetFromTheEnd) {
  auto [sender, receiver] = NewChannel();
  Message message;
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  ASSERT_OK(SendText(sender, "one"));
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(true));
  EXPECT_EQ(Text(message.payload()), "one");
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  sender = Sender();
  EXPECT_THAT(receiver.TryReceive(message),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(TransportContractTest, TryReceiveNeverGivesPartOfALargeMessage) {
  auto [sender, receiver] = NewChannel();
  const std::vector<std::byte> payload = Pattern(512 << 10);
  std::thread sending(
      [&payload, &sender = sender] { EXPECT_OK(sender.Send(payload)); });
  Message message;
  absl::StatusOr<bool> received = false;
  while (received.ok() && !*received) received = receiver.TryReceive(message);
  sending.join();
  EXPECT_THAT(received, IsOkAndHolds(true));
  EXPECT_TRUE(Holds(message, payload));
}

TEST_P(TransportContractTest, ReceiveWaitsUntilItsDeadline) {
  auto [sender, receiver] = NewChannel();
  const absl::Time deadline = InAMoment();
  Message message;
  EXPECT_THAT(receiver.Receive(message, deadline), StatusIs(kTooLate));
  EXPECT_GE(absl::Now(), deadline);
  EXPECT_TRUE(AreConnected(sender, receiver));
}

TEST_P(TransportContractTest, ReceiveDoesNotWaitForADeadlineInThePast) {
  auto [sender, receiver] = NewChannel();
  Message message;
  for (const absl::Time deadline : {absl::InfinitePast(), absl::UnixEpoch(),
                                    absl::Now() - absl::Milliseconds(1)}) {
    EXPECT_THAT(receiver.Receive(message, deadline), StatusIs(kTooLate));
    ASSERT_OK(SendText(sender, "there already"));
    EXPECT_OK(receiver.Receive(message, deadline));
  }
}

TEST_P(TransportContractTest, ReceiveWaitsForAMessage) {
  for (const absl::Time deadline :
       {absl::InfiniteFuture(), Soon(), absl::FromUnixSeconds(1ll << 40)}) {
    auto [sender, receiver] = NewChannel();
    std::thread sending([&sender = sender] {
      absl::SleepFor(absl::Milliseconds(5));
      EXPECT_OK(SendText(sender, "waited for"));
    });
    Message message;
    EXPECT_OK(receiver.Receive(message, deadline));
    EXPECT_EQ(Text(message.payload()), "waited for");
    sending.join();
  }
}

TEST_P(TransportContractTest, FullChannelRefusesASendThatMayNotWait) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const int capacity, Fill(sender));
  EXPECT_GT(capacity, 1);
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = sender.Send({}, absl::InfinitePast());
    EXPECT_TRUE(IsFull(status)) << status;
  }
  for (int i = 0; i < capacity; ++i) {
    ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds("filler"));
  }
  Message message;
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  EXPECT_TRUE(AreConnected(sender, receiver));
}

TEST_P(TransportContractTest, SendWaitsForRoomUntilItsDeadline) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(Fill(sender));
  for (const std::size_t size : {10, 1 << 20}) {
    const absl::Time deadline = InAMoment();
    const absl::Status status = sender.Send(Pattern(size), deadline);
    EXPECT_THAT(status, StatusIs(kTooLate));
    EXPECT_FALSE(IsFull(status));
    EXPECT_GE(absl::Now(), deadline);
  }
  EXPECT_THAT(sender.Send({}, absl::Now() - absl::Seconds(1)),
              StatusIs(kTooLate));
}

TEST_P(TransportContractTest, SendWithRoomIgnoresADeadlineInThePast) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(sender.Send(Bytes("one"), absl::InfinitePast()));
  ASSERT_OK(sender.Send(Bytes("two"), absl::Now() - absl::Seconds(1)));
  ASSERT_OK(sender.Send(Pattern(1 << 20), absl::InfinitePast()));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("one"));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("two"));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(1 << 20)));
}

TEST_P(TransportContractTest, SendWaitsUntilThereIsRoom) {
  for (const absl::Time deadline : {absl::InfiniteFuture(), Soon()}) {
    auto [sender, receiver] = NewChannel();
    ASSERT_OK_AND_ASSIGN(const int capacity, Fill(sender));
    std::thread sending([deadline, &sender = sender] {
      EXPECT_OK(sender.Send(Bytes("after all"), deadline));
    });
    for (int i = 0; i < capacity; ++i) {
      EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("filler"));
    }
    EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("after all"));
    sending.join();
  }
}

// The receiver takes one message and then waits for what the send leads to.
TEST_P(TransportContractTest, OneReceiveIsRoomForAWaitingSend) {
  constexpr int kRounds = 50;
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(Fill(sender));
  std::atomic<int> sent = 0;
  std::thread sending([&sent, &sender = sender] {
    for (; sent < kRounds; ++sent) EXPECT_OK(sender.Send(Bytes("after all")));
  });
  for (int round = 1; round <= kRounds; ++round) {
    EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("filler"));
    while (sent < round) std::this_thread::yield();
  }
  sending.join();
}

TEST_P(TransportContractTest, LargeSendNeedsNoMoreRoomThanASmallOne) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const int capacity, Fill(sender));
  ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds("filler"));
  const std::vector<std::byte> large = Pattern(10 << 20);
  ASSERT_OK(sender.Send(large, absl::InfinitePast()));
  for (int i = 1; i < capacity; ++i) {
    ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds("filler"));
  }
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, large));
}

}  // namespace
}  // namespace ipc_channel_testing
