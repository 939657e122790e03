#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
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
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

// Sizes at which a back end may change its ways, and more at once than fits
// anywhere.

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::kMaxInlineBytes;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;

constexpr std::size_t kMiB = std::size_t{1} << 20;

// Channels whose senders are lent in turn. Their number divides none of the
// numbers of handles at which something changes, so that handles which came in
// another order would be found out.
class CarriedChannels {
 public:
  explicit CarriedChannels(std::array<ChannelPair, 7> channels)
      : channels_(std::move(channels)) {}

  std::vector<HandleRef> Lend(std::size_t count) {
    std::vector<HandleRef> handles;
    for (std::size_t i = 0; i < count; ++i) {
      handles.push_back(channels_[i % channels_.size()].sender);
    }
    return handles;
  }

  // That `message` has the senders of Lend(count), in order, and all work.
  void ExpectArrived(std::size_t count, Message& message) {
    ASSERT_EQ(message.handles().size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      const Sender arrived = Take<Sender>(message, i);
      ASSERT_TRUE(
          AreConnected(arrived, channels_[i % channels_.size()].receiver))
          << "handle " << i;
    }
  }

 private:
  std::array<ChannelPair, 7> channels_;
};

// On one thread: none may need the receiver's help to be sent.
TEST_P(TransportContractTest, EverySizeGoesWithEveryNumberOfHandles) {
  auto [sender, receiver] = NewChannel();
  CarriedChannels carried({NewChannel(), NewChannel(), NewChannel(),
                           NewChannel(), NewChannel(), NewChannel(),
                           NewChannel()});
  Message message;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kMaxInlineBytes - 1, kMaxInlineBytes,
        kMaxInlineBytes + 1, kMiB}) {
    const std::vector<std::byte> payload = Pattern(size, size);
    for (const std::size_t count :
         {0, 1, 2, 3, 4, 5, 6, 63, 64, 65, 251, 252, 253, 254}) {
      SCOPED_TRACE(::testing::Message()
                   << size << " bytes, " << count << " handles");
      ASSERT_OK(sender.Send(payload, carried.Lend(count), Soon()));
      ASSERT_OK(receiver.Receive(message, Soon()));
      EXPECT_TRUE(Holds(message, payload));
      carried.ExpectArrived(count, message);
    }
  }
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
}

// The buffer of one message, which is used again, must not show in the next.
TEST_P(TransportContractTest, HugePayloadsArriveIntactInTurn) {
  auto [sender, receiver] = NewChannel();
  const std::vector<std::byte> all = Pattern(51 * kMiB);
  Message message;
  std::size_t offset = 0;
  for (const std::size_t size : {50, 46, 49, 47, 48}) {
    offset += 100'000;
    const std::span<const std::byte> payload =
        std::span(all).subspan(offset, size * kMiB);
    ASSERT_OK(sender.Send(payload, Soon()));
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, payload)) << size << " MiB";
  }
}

TEST_P(TransportContractTest, SenderThatCameWithALargePayloadCarriesOne) {
  auto [sender, receiver] = NewChannel();
  ChannelPair carried = NewChannel();
  const std::vector<std::byte> large = Pattern(kMiB);
  ASSERT_OK(sender.Send(large, Lend(carried.sender), Soon()));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, large));
  ASSERT_EQ(message.handles().size(), 1u);
  const Sender arrived = Take<Sender>(message, 0);
  for (const std::size_t size : {kMaxInlineBytes, kMiB}) {
    ASSERT_OK(arrived.Send(Pattern(size, 2), Soon()));
    ASSERT_OK(carried.receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(size, 2)));
  }
}

// `count` threads that send one payload of `size` bytes each, numbered from 0,
// through copies of a sender, after `delay`.
std::vector<std::thread> SendAtOnce(Sender sender, std::uint64_t count,
                                    std::size_t size, absl::Duration delay) {
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < count; ++i) {
    threads.emplace_back([i, size, delay, copy = sender] {
      const std::vector<std::byte> payload = Pattern(size, i);
      absl::SleepFor(delay);
      EXPECT_OK(copy.Send(payload, Soon()));
    });
  }
  return threads;
}

// Notes in `seen` which of the payloads of SendAtOnce() `message` holds.
void Identify(const Message& message, std::size_t size,
              std::vector<int>& seen) {
  for (std::uint64_t i = 0; i < seen.size(); ++i) {
    if (!Holds(message, Pattern(size, i))) continue;
    ++seen[i];
    return;
  }
  ADD_FAILURE() << "nobody sent these " << message.payload().size() << " bytes";
}

TEST_P(TransportContractTest, LargePayloadsOfSeveralThreadsDoNotMix) {
  auto [sender, receiver] = NewChannel();
  std::vector<std::thread> threads =
      SendAtOnce(std::move(sender), 3, kMiB, absl::ZeroDuration());
  std::vector<int> seen(3);
  Message message;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    ASSERT_OK(receiver.Receive(message, Soon()));
    Identify(message, kMiB, seen);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen, std::vector<int>(3, 1));
  EXPECT_THAT(receiver.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(TransportContractTest, PollingGivesWholeMessagesOfManyThreads) {
  auto [sender, receiver] = NewChannel();
  constexpr std::size_t kSize = kMiB / 2;
  std::vector<int> seen(10);
  std::vector<std::thread> threads =
      SendAtOnce(std::move(sender), seen.size(), kSize, absl::Milliseconds(10));
  Message message;
  absl::StatusOr<bool> received;
  while ((received = receiver.TryReceive(message)).ok()) {
    if (*received) Identify(message, kSize, seen);
  }
  EXPECT_THAT(received, StatusIs(absl::StatusCode::kUnavailable));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen, std::vector<int>(10, 1));
}

// Most likely while a send waits for room, but at whatever moment.
TEST_P(TransportContractTest, FloodEndsWhenTheReceiverIsDropped) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{100'000}}) {
    auto [sender, receiver] = NewChannel();
    std::thread flooding([size, sender = std::move(sender)] {
      const std::vector<std::byte> payload = Pattern(size);
      absl::Status status;
      while ((status = sender.Send(payload)).ok()) continue;
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
    });
    Message message;
    EXPECT_OK(receiver.Receive(message, Soon()));
    absl::SleepFor(absl::Milliseconds(40));
    receiver = Receiver();
    flooding.join();
  }
}

TEST_P(TransportContractTest, PollingIsToldThatTheLastSenderLeftMeanwhile) {
  auto [sender, receiver] = NewChannel();
  std::thread closing([&sender = sender] {
    absl::SleepFor(absl::Milliseconds(20));
    sender = Sender();
  });
  Message message;
  absl::StatusOr<bool> received;
  while ((received = receiver.TryReceive(message)).ok()) {
    EXPECT_FALSE(*received);
  }
  closing.join();
  EXPECT_THAT(received, StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace ipc_channel_testing
