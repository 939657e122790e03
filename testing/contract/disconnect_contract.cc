#include <atomic>
#include <cstddef>
#include <deque>
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
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;

constexpr absl::StatusCode kDisconnected = absl::StatusCode::kUnavailable;

TEST_P(TransportContractTest, DisconnectedComesAfterEveryQueuedMessage) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(SendText(sender, "small"));
  ASSERT_OK(sender.Send({}));
  ASSERT_OK(sender.Send(Pattern(100'000), Soon()));
  sender = Sender();
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("small"));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds(""));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(100'000)));
  EXPECT_THAT(receiver.Receive(message, Soon()), StatusIs(kDisconnected));
}

TEST_P(TransportContractTest, DisconnectedIsSaidAgain) {
  auto [sender, receiver] = NewChannel();
  sender = Sender();
  Message message;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(receiver.Receive(message), StatusIs(kDisconnected));
    EXPECT_THAT(receiver.TryReceive(message), StatusIs(kDisconnected));
    EXPECT_THAT(receiver.Receive(message, absl::InfinitePast()),
                StatusIs(kDisconnected));
  }
}

TEST_P(TransportContractTest, DisconnectedWaitsForTheLastCopy) {
  auto [sender, receiver] = NewChannel();
  Sender copy = sender;
  sender = Sender();
  Message message;
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  Sender moved = std::move(copy);
  EXPECT_TRUE(AreConnected(moved, receiver));
  moved = Sender();
  EXPECT_THAT(receiver.TryReceive(message), StatusIs(kDisconnected));
}

TEST_P(TransportContractTest, SenderQueuedElsewhereKeepsTheChannelUp) {
  auto [sender, receiver] = NewChannel();
  ChannelPair other = NewChannel();
  ASSERT_OK(other.sender.Send({}, Lend(sender)));
  sender = Sender();
  Message message;
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  {
    Message carrier;
    ASSERT_OK(other.receiver.Receive(carrier, Soon()));
    EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
    EXPECT_TRUE(AreConnected(Take<Sender>(carrier, 0), receiver));
  }
  EXPECT_THAT(receiver.TryReceive(message), StatusIs(kDisconnected));
}

TEST_P(TransportContractTest, SenderQueuedInItsOwnChannelKeepsItUp) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(sender.Send({}, Lend(sender)));
  sender = Sender();
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  sender = Take<Sender>(message, 0);
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  EXPECT_TRUE(AreConnected(sender, receiver));
  sender = Sender();
  EXPECT_THAT(receiver.TryReceive(message), StatusIs(kDisconnected));
}

TEST_P(TransportContractTest, WaitingReceiveIsToldThatTheLastSenderLeft) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(SendText(sender, "running"));
  std::atomic<bool> is_waiting = false;
  std::thread receiving([&, receiver = std::move(receiver)]() mutable {
    EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("running"));
    is_waiting = true;
    Message message;
    EXPECT_THAT(receiver.Receive(message), StatusIs(kDisconnected));
  });
  while (!is_waiting) std::this_thread::yield();
  sender = Sender();
  receiving.join();
}

TEST_P(TransportContractTest, SendToADroppedReceiverFails) {
  auto [sender, receiver] = NewChannel();
  const Sender copy = sender;
  receiver = Receiver();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(sender.Send(Bytes("small")), StatusIs(kDisconnected));
    EXPECT_THAT(copy.Send(Pattern(100'000)), StatusIs(kDisconnected));
    EXPECT_THAT(sender.Send({}, absl::InfinitePast()), StatusIs(kDisconnected));
  }
}

TEST_P(TransportContractTest, SendFailsAfterADropWithUnreadMessages) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(SendText(sender, "unread"));
  ASSERT_OK(SendText(sender, "unread, too"));
  receiver = Receiver();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(SendText(sender, "late"), StatusIs(kDisconnected));
  }
}

TEST_P(TransportContractTest, SendToAFullDroppedChannelFails) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(Fill(sender));
  receiver = Receiver();
  EXPECT_THAT(sender.Send({}, absl::InfinitePast()), StatusIs(kDisconnected));
  EXPECT_THAT(sender.Send({}), StatusIs(kDisconnected));
}

// Several threads, all of which must wake.
TEST_P(TransportContractTest, WaitingSendsAreToldThatTheReceiverWasDropped) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(Fill(sender));
  std::atomic<int> about_to_wait = 0;
  std::deque<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&about_to_wait, &sender = sender] {
      ++about_to_wait;
      EXPECT_THAT(sender.Send(Bytes("too late")), StatusIs(kDisconnected));
    });
  }
  while (about_to_wait < 3) std::this_thread::yield();
  receiver = Receiver();
  for (std::thread& thread : threads) thread.join();
}

TEST_P(TransportContractTest, ReceiverDroppedInAQueueIsGone) {
  auto [sender, receiver] = NewChannel();
  ChannelPair outer = NewChannel();
  ASSERT_OK(outer.sender.Send({}, Lend(receiver)));
  ASSERT_OK(SendText(sender, "queued"));
  outer.receiver = Receiver();
  EXPECT_THAT(SendText(sender, "late"), StatusIs(kDisconnected));
}

// Sends until the receiver is found to be gone, Soon().
absl::Status SendUntilDisconnected(const Sender& sender) {
  const absl::Time deadline = Soon();
  while (true) {
    absl::Status status = sender.Send(Bytes("into the void"), deadline);
    if (!status.ok()) return status;
  }
}

TEST_P(TransportContractTest, ReceiverSentOverItsOwnChannelIsGone) {
  auto [sender, receiver] = NewChannel();
  Pipe pipe = NewPipe();
  ASSERT_OK(SendText(sender, "lost with it"));
  ASSERT_OK(sender.Send({}, Lend(pipe.write_end, receiver)));
  EXPECT_FALSE(receiver.valid());
  EXPECT_THAT(SendUntilDisconnected(sender), StatusIs(kDisconnected));
  EXPECT_TRUE(IsClosed(pipe.read_end));
}

TEST_P(TransportContractTest, ReceiversQueuedInEachOthersChannelsAreGone) {
  ChannelPair first = NewChannel();
  ChannelPair second = NewChannel();
  ChannelPair third = NewChannel();
  Pipe pipe = NewPipe();
  ASSERT_OK(first.sender.Send({}, Lend(pipe.write_end)));
  ASSERT_OK(first.sender.Send({}, Lend(second.receiver)));
  ASSERT_OK(second.sender.Send({}, Lend(third.receiver)));
  ASSERT_OK(third.sender.Send({}, Lend(first.receiver)));
  EXPECT_THAT(SendUntilDisconnected(first.sender), StatusIs(kDisconnected));
  EXPECT_THAT(SendUntilDisconnected(second.sender), StatusIs(kDisconnected));
  EXPECT_THAT(SendUntilDisconnected(third.sender), StatusIs(kDisconnected));
  EXPECT_TRUE(IsClosed(pipe.read_end));
}

// Sends a message over each sender and closes it at once, at about the time
// when its receiver is polled: when `polled` reaches its index or a little
// later, whether it does or not.
void SendAndClose(std::vector<Sender>& senders,
                  const std::atomic<std::size_t>& polled) {
  constexpr int kPatience = 3'000;
  for (std::size_t i = 0; i < senders.size(); ++i) {
    for (int spins = 0; polled < i && spins < kPatience; ++spins) continue;
    EXPECT_OK(senders[i].Send(Bytes("last words")));
    senders[i] = Sender();
  }
}

// That the sender is gone must not be seen before its last message.
TEST_P(TransportContractTest, LastMessageIsNeverOvertakenByTheEnd) {
  constexpr int kBatches = 100;
  constexpr std::size_t kChannels = 200;
  Message message;
  for (int batch = 0; batch < kBatches; ++batch) {
    std::vector<Sender> senders;
    std::vector<Receiver> receivers;
    for (std::size_t i = 0; i < kChannels; ++i) {
      ChannelPair pair = NewChannel();
      senders.push_back(std::move(pair.sender));
      receivers.push_back(std::move(pair.receiver));
    }
    std::atomic<std::size_t> polled = 0;
    std::thread closing([&] { SendAndClose(senders, polled); });
    std::size_t messages = 0;
    for (std::size_t i = 0; i < kChannels; ++i) {
      polled = i;
      absl::StatusOr<bool> received;
      while ((received = receivers[i].TryReceive(message)).ok()) {
        if (*received) ++messages;
      }
      EXPECT_THAT(received, StatusIs(kDisconnected));
    }
    closing.join();
    ASSERT_EQ(messages, kChannels);
  }
}

}  // namespace
}  // namespace ipc_channel_testing
