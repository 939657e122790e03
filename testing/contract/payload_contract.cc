#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::kMaxInlineBytes;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Payload;
using ::ipc_channel::transport::Sender;

TEST_P(TransportContractTest, PayloadArrivesWithItsExactLength) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(sender.Send(Bytes("1234567")));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_EQ(Text(message.payload()), "1234567");
  EXPECT_TRUE(message.handles().empty());
}

TEST_P(TransportContractTest, EmptyMessageIsAMessageAndNotTheEnd) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(sender.Send({}));
  ASSERT_OK(sender.Send({}));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_EQ(message.payload().size(), 0u);
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(true));
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  EXPECT_TRUE(AreConnected(sender, receiver));
}

// By each of the ways that payloads travel, with handles and without.
TEST_P(TransportContractTest, PayloadInTwoPlacesArrivesAsOne) {
  auto [sender, receiver] = NewChannel();
  auto [carried, carried_receiver] = NewChannel();
  for (const std::size_t size :
       {std::size_t{12}, std::size_t{5'000}, kMaxInlineBytes,
        kMaxInlineBytes + 1, std::size_t{300'000}}) {
    const std::vector<std::byte> bytes = Pattern(size, size);
    const std::span<const std::byte> all(bytes);
    for (const std::size_t head : {std::size_t{0}, std::size_t{5}, size}) {
      SCOPED_TRACE(::testing::Message() << head << " and " << size - head);
      const Payload payload(all.first(head), all.subspan(head));
      Message message;
      ASSERT_OK(sender.Send(payload, {}, Soon()));
      ASSERT_OK(receiver.Receive(message, Soon()));
      EXPECT_TRUE(Holds(message, bytes));
      const std::vector<HandleRef> handles = {carried};
      ASSERT_OK(sender.Send(payload, handles, Soon()));
      ASSERT_OK(receiver.Receive(message, Soon()));
      EXPECT_TRUE(Holds(message, bytes));
      EXPECT_EQ(message.handles().size(), 1u);
    }
  }
}

TEST_P(TransportContractTest, SmallPayloadsOfEverySizeArriveIntact) {
  auto [sender, receiver] = NewChannel();
  Message message;
  for (std::size_t size = 1; size <= 100; ++size) {
    const std::vector<std::byte> payload = Pattern(size, size);
    ASSERT_OK(sender.Send(payload, Soon()));
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, payload)) << size;
  }
}

// On one thread: no size may need the receiver's help to be sent.
TEST_P(TransportContractTest, LargePayloadsArriveIntact) {
  auto [sender, receiver] = NewChannel();
  Message message;
  for (const std::size_t size :
       {kMaxInlineBytes - 1, kMaxInlineBytes, kMaxInlineBytes + 1,
        std::size_t{1} << 20, std::size_t{50} << 20, std::size_t{1}}) {
    const std::vector<std::byte> payload = Pattern(size, size);
    ASSERT_OK(sender.Send(payload, Soon()));
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, payload)) << size;
  }
}

TEST_P(TransportContractTest, PayloadMayChangeOnceItIsSent) {
  auto [sender, receiver] = NewChannel();
  for (const std::size_t size : {std::size_t{100}, std::size_t{1} << 20}) {
    std::vector<std::byte> payload = Pattern(size);
    ASSERT_OK(sender.Send(payload, Soon()));
    std::memset(payload.data(), 0, payload.size());
    Message message;
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(size))) << size;
  }
}

TEST_P(TransportContractTest, PayloadIsAlignedTo16) {
  auto [sender, receiver] = NewChannel();
  Message message;
  for (std::size_t handles = 0; handles < 4; ++handles) {
    for (const std::size_t size : {std::size_t{3}, std::size_t{1} << 20}) {
      ASSERT_OK(sender.Send(Pattern(size),
                            std::vector<HandleRef>(handles, sender), Soon()));
      ASSERT_OK(receiver.Receive(message, Soon()));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(message.payload().data()) % 16,
                0u)
          << handles << " handles, " << size << " bytes";
    }
  }
}

TEST_P(TransportContractTest, ManyMessagesArriveInOrder) {
  constexpr int kMessages = 5'000;
  auto [sender, receiver] = NewChannel();
  std::thread sending([sender = std::move(sender)] {
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_OK(SendText(sender, std::to_string(i)));
    }
  });
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds(std::to_string(i)));
  }
  sending.join();
  EXPECT_THAT(ReceiveText(receiver), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(TransportContractTest, SmallAndLargeMessagesKeepTheirOrder) {
  auto [sender, receiver] = NewChannel();
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_OK(sender.Send(Pattern(i % 2 == 0 ? 10 : 100'000, i), Soon()));
  }
  Message message;
  for (std::uint64_t i = 0; i < 20; ++i) {
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(i % 2 == 0 ? 10 : 100'000, i))) << i;
  }
}

// Message `i` of thread `thread`: both numbers, then bytes that follow from
// them, every tenth too many for a packet.
std::vector<std::byte> NumberedPayload(std::uint32_t thread, std::uint32_t i) {
  std::vector<std::byte> payload =
      Pattern(i % 10 == 9 ? 100'000 : 8 + i % 3'000, thread * 1'000 + i);
  std::memcpy(payload.data(), &thread, sizeof(thread));
  std::memcpy(payload.data() + sizeof(thread), &i, sizeof(i));
  return payload;
}

TEST_P(TransportContractTest, ConcurrentSendersKeepTheirOwnOrder) {
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint32_t kMessages = 300;
  auto [sender, receiver] = NewChannel();
  std::vector<std::thread> threads;
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([thread, &sender = sender] {
      for (std::uint32_t i = 0; i < kMessages; ++i) {
        ASSERT_OK(sender.Send(NumberedPayload(thread, i), Soon()));
      }
    });
  }
  std::vector<std::uint32_t> next(kThreads, 0);
  Message message;
  for (std::uint32_t i = 0; i < kThreads * kMessages; ++i) {
    ASSERT_OK(receiver.Receive(message, Soon()));
    ASSERT_GE(message.payload().size(), 8u);
    std::uint32_t thread;
    std::memcpy(&thread, message.payload().data(), sizeof(thread));
    ASSERT_LT(thread, kThreads);
    ASSERT_TRUE(Holds(message, NumberedPayload(thread, next[thread])))
        << "thread " << thread << ", message " << next[thread];
    ++next[thread];
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(next, ::testing::Each(kMessages));
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
}

TEST_P(TransportContractTest, CopiesOfASenderShareTheChannel) {
  auto [sender, receiver] = NewChannel();
  const Sender copy = sender;
  ASSERT_OK(SendText(sender, "one"));
  ASSERT_OK(SendText(copy, "two"));
  ASSERT_OK(SendText(sender, "three"));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("one"));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("two"));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("three"));
}

TEST_P(TransportContractTest, ReusedMessageHoldsTheLatestOnly) {
  auto [sender, receiver] = NewChannel();
  Message message;
  for (const std::size_t first : {std::size_t{1'000}, std::size_t{1} << 20}) {
    ASSERT_OK(sender.Send(Pattern(first), Lend(sender, sender), Soon()));
    ASSERT_OK(sender.Send(Bytes("later")));
    ASSERT_OK(receiver.Receive(message, Soon()));
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_EQ(Text(message.payload()), "later");
    EXPECT_TRUE(message.handles().empty());
  }
}

TEST_P(TransportContractTest, MessageIsEmptyAfterWhateverWasNotReceived) {
  auto [sender, receiver] = NewChannel();
  Message message;
  const auto receive_one = [&, &sender = sender, &receiver = receiver] {
    ASSERT_OK(sender.Send(Bytes("content"), Lend(sender)));
    ASSERT_OK(receiver.Receive(message, Soon()));
    ASSERT_FALSE(message.payload().empty());
    ASSERT_FALSE(message.handles().empty());
  };
  const auto is_empty = [&] {
    return message.payload().empty() && message.handles().empty();
  };

  receive_one();
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  EXPECT_TRUE(is_empty());

  receive_one();
  EXPECT_THAT(receiver.Receive(message, absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(is_empty());

  receive_one();
  sender = Sender();
  EXPECT_THAT(receiver.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(is_empty());
}

TEST_P(TransportContractTest, MessageIsMovedWithItsPayload) {
  auto [sender, receiver] = NewChannel();
  for (const std::size_t size : {std::size_t{100}, std::size_t{1} << 20}) {
    ASSERT_OK(sender.Send(Pattern(size), Soon()));
    ASSERT_OK(sender.Send(Bytes("second")));
    Message message;
    ASSERT_OK(receiver.Receive(message, Soon()));
    Message kept = std::move(message);
    EXPECT_TRUE(Holds(kept, Pattern(size)));
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_EQ(Text(message.payload()), "second");
    EXPECT_TRUE(Holds(kept, Pattern(size)));
  }
}

TEST_P(TransportContractTest, PayloadOutlivesTheChannel) {
  Message small;
  Message large;
  {
    auto [sender, receiver] = NewChannel();
    ASSERT_OK(sender.Send(Pattern(100), Soon()));
    ASSERT_OK(sender.Send(Pattern(1 << 20), Soon()));
    ASSERT_OK(receiver.Receive(small, Soon()));
    ASSERT_OK(receiver.Receive(large, Soon()));
  }
  EXPECT_TRUE(Holds(small, Pattern(100)));
  EXPECT_TRUE(Holds(large, Pattern(1 << 20)));
}

}  // namespace
}  // namespace ipc_channel_testing
