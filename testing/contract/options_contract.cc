#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelCapacity;
using ::ipc_channel::transport::ChannelOptions;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::kDefaultMaxMessageBytes;
using ::ipc_channel::transport::kMaxInlineBytes;
using ::ipc_channel::transport::kMaxMessageHandles;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Sender;

constexpr absl::StatusCode kMalformed = absl::StatusCode::kDataLoss;

ChannelOptions WithCapacity(std::size_t messages, std::size_t bytes) {
  return {.capacity = ChannelCapacity{.messages = messages, .bytes = bytes}};
}

ChannelOptions WithLimit(std::size_t bytes) {
  return {.max_message_bytes = bytes};
}

// `messages` sizes, as many as fit `bytes` of them `size`, one the rest.
std::vector<std::size_t> Sizes(std::size_t messages, std::size_t bytes,
                               std::size_t size) {
  std::vector<std::size_t> sizes;
  while (sizes.size() < messages) {
    sizes.push_back(std::min(size, bytes));
    bytes -= sizes.back();
  }
  return sizes;
}

// Whole pages, powers of two and where headers push a packet over one.
TEST_P(TransportContractTest, CapacityAskedForIsThereForAnyMixture) {
  const std::pair<std::size_t, std::size_t> capacities[] = {
      {1, 0},   {1, kMaxInlineBytes}, {2, 100},       {10, 1000},
      {350, 0}, {150, 50000},         {100, 100'000}, {20, 190'000}};
  for (const auto& [messages, bytes] : capacities) {
    for (const std::size_t size :
         {1, 176, 177, 688, 689, 1712, 1713, 3760, 3761, 7856, 7857, 16048,
          16049, 20000, 32752, 32768, 65536, 69632}) {
      SCOPED_TRACE(::testing::Message() << messages << " messages of " << bytes
                                        << " bytes, each " << size);
      auto [sender, receiver] = NewChannel(WithCapacity(messages, bytes));
      const std::vector<std::size_t> sizes = Sizes(messages, bytes, size);
      for (const std::size_t n : sizes) {
        ASSERT_OK(sender.Send(Pattern(n, n), absl::InfinitePast()));
      }
      Message message;
      for (const std::size_t n : sizes) {
        ASSERT_OK(receiver.Receive(message, Soon()));
        ASSERT_TRUE(Holds(message, Pattern(n, n)));
      }
    }
  }
}

TEST_P(TransportContractTest, SmallChannelIsFullEarlier) {
  auto [usual, usual_receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const int usually, Fill(usual));
  for (const std::size_t messages : {0, 1, 2}) {
    auto [sender, receiver] = NewChannel(WithCapacity(messages, 0));
    ASSERT_OK_AND_ASSIGN(const int queued, Fill(sender));
    EXPECT_GE(queued, 1);
    EXPECT_LT(4 * queued, usually);
    for (int i = 0; i < queued; ++i) {
      ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds("filler"));
    }
    EXPECT_TRUE(AreConnected(sender, receiver));
  }
}

TEST_P(TransportContractTest, CapacityHasABoundInBytes) {
  if (!GetParam().counts_bytes) {
    GTEST_SKIP() << "this back end counts messages alone";
  }
  auto [sender, receiver] = NewChannel(WithCapacity(200, 2000));
  const std::vector<std::byte> payload = Pattern(1000);
  int queued = 0;
  absl::Status status;
  while ((status = sender.Send(payload, absl::InfinitePast())).ok()) ++queued;
  EXPECT_TRUE(IsFull(status)) << status;
  EXPECT_GE(queued, 2);
  EXPECT_LT(queued, 150);
}

TEST_P(TransportContractTest, SendWaitsForRoomInBytes) {
  auto [sender, receiver] = NewChannel(WithCapacity(100, 0));
  constexpr int kCount = 200;
  std::thread sending([&sender = sender] {
    for (std::size_t i = 0; i < kCount; ++i) {
      EXPECT_OK(sender.Send(Pattern(1000 + i, i)));
    }
  });
  Message message;
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(1000 + i, i)));
  }
  sending.join();
}

TEST_P(TransportContractTest, LargePayloadCountsAsOneMessageAndNoBytes) {
  auto [sender, receiver] = NewChannel(WithCapacity(5, 0));
  const std::vector<std::byte> large = Pattern(kMaxInlineBytes + 1);
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(sender.Send(large, absl::InfinitePast()));
  }
  Message message;
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, large));
  }
}

TEST_P(TransportContractTest, HandleCountsSixteenBytes) {
  auto [sender, receiver] = NewChannel(WithCapacity(4, 4 * 100 * 16));
  auto [lent, lent_receiver] = NewChannel();
  const std::vector<HandleRef> handles(100, lent);
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK(sender.Send({}, handles, absl::InfinitePast()));
  }
  Message message;
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_EQ(message.handles().size(), 100u);
  }
}

TEST_P(TransportContractTest, SmallestChannelTakesAnyMessage) {
  auto [sender, receiver] = NewChannel(WithCapacity(0, 0));
  auto [lent, lent_receiver] = NewChannel();
  Message message;
  for (const std::size_t count : {0, 1, 252, 253, 300}) {
    const std::vector<HandleRef> handles(count, lent);
    for (const std::size_t size : {0, 60'000, 1'000'000}) {
      ASSERT_OK(sender.Send(Pattern(size), handles, absl::InfinitePast()));
      ASSERT_OK(receiver.Receive(message, Soon()));
      EXPECT_EQ(message.handles().size(), count);
      EXPECT_TRUE(Holds(message, Pattern(size)));
    }
  }
}

TEST_P(TransportContractTest, LimitOfAPayloadIsTheChannels) {
  for (const std::size_t limit : {0, 100, 100'000}) {
    auto [sender, receiver] = NewChannel(WithLimit(limit));
    EXPECT_EQ(sender.max_message_bytes(), limit);
    EXPECT_EQ(receiver.max_message_bytes(), limit);
    Pipe pipe = NewPipe();
    EXPECT_THAT(sender.Send(Pattern(limit + 1), Lend(pipe.write_end), Soon()),
                StatusIs(absl::StatusCode::kOutOfRange));
    EXPECT_TRUE(IsPipe(pipe.write_end, pipe.read_end));
    ASSERT_OK(sender.Send(Pattern(limit), Soon()));
    Message message;
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(limit)));
  }
}

TEST_P(TransportContractTest, LimitOfAPayloadIsOneGibibyteByDefault) {
  auto [sender, receiver] = NewChannel();
  EXPECT_EQ(sender.max_message_bytes(), kDefaultMaxMessageBytes);
  EXPECT_EQ(receiver.max_message_bytes(), kDefaultMaxMessageBytes);
  EXPECT_EQ(kDefaultMaxMessageBytes, std::size_t{1} << 30);
}

TEST_P(TransportContractTest, SendersLimitCanBeChangedAndIsShared) {
  auto [sender, receiver] = NewChannel(WithLimit(10));
  const Sender copy = sender;
  copy.SetMaxMessageBytes(20);
  receiver.SetMaxMessageBytes(20);
  EXPECT_EQ(sender.max_message_bytes(), 20u);
  EXPECT_THAT(sender.Send(Pattern(21), Soon()),
              StatusIs(absl::StatusCode::kOutOfRange));
  ASSERT_OK(sender.Send(Pattern(20), Soon()));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(20)));
}

TEST_P(TransportContractTest, PayloadOverTheReceiversLimitIsDropped) {
  for (const std::size_t size : {1001, 60'000, 1'000'000}) {
    auto [sender, receiver] = NewChannel();
    Pipe pipe = NewPipe();
    ASSERT_OK(sender.Send(Pattern(size), Lend(pipe.write_end), Soon()));
    ASSERT_OK(sender.Send(Pattern(1000), Soon()));
    receiver.SetMaxMessageBytes(1000);
    Message message;
    EXPECT_THAT(receiver.Receive(message, Soon()), StatusIs(kMalformed));
    EXPECT_TRUE(message.payload().empty());
    EXPECT_TRUE(message.handles().empty());
    EXPECT_TRUE(IsClosed(pipe.read_end));
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(1000)));
  }
}

TEST_P(TransportContractTest, LimitOfHandlesIsTheChannels) {
  auto [lent, lent_receiver] = NewChannel();
  for (const std::size_t limit : {0, 1, 300}) {
    auto [sender, receiver] =
        NewChannel(ChannelOptions{.max_message_handles = limit});
    EXPECT_EQ(sender.max_message_handles(), limit);
    EXPECT_EQ(receiver.max_message_handles(), limit);
    const std::vector<HandleRef> handles(limit + 1, lent);
    EXPECT_THAT(sender.Send({}, handles, Soon()),
                StatusIs(absl::StatusCode::kOutOfRange));
    ASSERT_OK(sender.Send({}, std::span(handles).first(limit), Soon()));
    Message message;
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_EQ(message.handles().size(), limit);
  }
}

TEST_P(TransportContractTest, LimitOfHandlesIsNeverAboveTheGreatest) {
  auto [sender, receiver] =
      NewChannel(ChannelOptions{.max_message_handles = kMaxMessageHandles + 1});
  EXPECT_EQ(sender.max_message_handles(), kMaxMessageHandles);
  EXPECT_EQ(receiver.max_message_handles(), kMaxMessageHandles);
}

TEST_P(TransportContractTest, HandlesOverTheReceiversLimitAreDropped) {
  auto [lent, lent_receiver] = NewChannel();
  for (const std::size_t count : {3, 252, 253}) {
    auto [sender, receiver] = NewChannel();
    std::vector<HandleRef> handles(count - 1, lent);
    Pipe pipe = NewPipe();
    handles.push_back(pipe.write_end);
    ASSERT_OK(sender.Send(Pattern(10), handles, Soon()));
    ASSERT_OK(sender.Send(Pattern(10), {lent, lent}, Soon()));
    receiver.SetMaxMessageHandles(2);
    Message message;
    EXPECT_THAT(receiver.Receive(message, Soon()), StatusIs(kMalformed));
    EXPECT_TRUE(message.handles().empty());
    EXPECT_TRUE(IsClosed(pipe.read_end));
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_EQ(message.handles().size(), 2u);
  }
}

TEST_P(TransportContractTest, ReceiversLimitHoldsFromTheNextReceiveOn) {
  auto [sender, receiver] = NewChannel();
  for (int i = 0; i < 3; ++i) ASSERT_OK(sender.Send(Pattern(100), Soon()));
  Message message;
  EXPECT_OK(receiver.Receive(message, Soon()));
  receiver.SetMaxMessageBytes(99);
  EXPECT_THAT(receiver.Receive(message, Soon()), StatusIs(kMalformed));
  receiver.SetMaxMessageBytes(100);
  EXPECT_OK(receiver.Receive(message, Soon()));
}

}  // namespace
}  // namespace ipc_channel_testing
