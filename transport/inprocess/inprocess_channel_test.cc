#include "ipc_channel/transport/inprocess/inprocess_channel.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::Fill;
using ::ipc_channel_testing::IsClosed;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;

TEST(InprocessChannelTest, CapacityIsAsDocumented) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
  EXPECT_THAT(Fill(pair.sender), IsOkAndHolds(int{kInprocessCapacity}));
}

TEST(InprocessChannelTest, CapacityAskedForIsExact) {
  for (const std::size_t messages : {1, 2, 255, 1000, 20'000}) {
    ASSERT_OK_AND_ASSIGN(
        ChannelPair pair,
        CreateInprocessChannel({.capacity = ChannelCapacity{
                                    .messages = messages, .bytes = 1 << 20}}));
    EXPECT_THAT(Fill(pair.sender), IsOkAndHolds(static_cast<int>(messages)));
  }
}

TEST(InprocessChannelTest, BytesAreExceededByOneMessageAtMost) {
  ASSERT_OK_AND_ASSIGN(
      ChannelPair pair,
      CreateInprocessChannel(
          {.capacity = ChannelCapacity{.messages = 100, .bytes = 25}}));
  for (int round = 0; round < 3; ++round) {
    for (const int size : {10, 10, 5, 0, 7}) {
      ASSERT_OK(pair.sender.Send(Pattern(size), absl::InfinitePast())) << size;
    }
    EXPECT_TRUE(IsFull(pair.sender.Send({}, absl::InfinitePast())));
    Message message;
    while (*pair.receiver.TryReceive(message)) continue;
  }
}

TEST(InprocessChannelTest, UsesNoDescriptor) {
  const FdLeakCheck check;
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
  EXPECT_TRUE(check.NoLeak());
  EXPECT_FALSE(pair.sender.lane()->descriptor().valid());
  EXPECT_FALSE(pair.receiver.lane()->descriptor().valid());
}

TEST(InprocessChannelTest, NestedReceiversAreDroppedToAnyDepth) {
  ASSERT_OK_AND_ASSIGN(ChannelPair innermost, CreateInprocessChannel());
  Pipe pipe = NewPipe();
  ASSERT_OK(innermost.sender.Send({}, Lend(pipe.write_end)));
  Receiver outermost = std::move(innermost.receiver);
  for (int depth = 0; depth < 100'000; ++depth) {
    ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
    ASSERT_OK(pair.sender.Send({}, Lend(outermost)));
    outermost = std::move(pair.receiver);
  }
  outermost = Receiver();
  EXPECT_TRUE(IsClosed(pipe.read_end));
  EXPECT_THAT(SendText(innermost.sender, "anyone?"),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(InprocessChannelTest, ReceiverSentOverItsOwnFullChannelIsGone) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
  ASSERT_OK(Fill(pair.sender));
  Pipe pipe = NewPipe();
  ASSERT_OK(pair.sender.Send({}, Lend(pipe.write_end, pair.receiver),
                             absl::InfinitePast()));
  EXPECT_FALSE(pair.receiver.valid());
  EXPECT_TRUE(IsClosed(pipe.read_end));
  EXPECT_THAT(SendText(pair.sender, "anyone?"),
              StatusIs(absl::StatusCode::kUnavailable));
}

// Two threads, each of which closes the circle if the other one was first.
TEST(InprocessChannelTest, CircleClosedByTwoThreadsAtOnceIsGone) {
  for (int round = 0; round < 500; ++round) {
    ASSERT_OK_AND_ASSIGN(ChannelPair first, CreateInprocessChannel());
    ASSERT_OK_AND_ASSIGN(ChannelPair second, CreateInprocessChannel());
    std::thread other(
        [&] { EXPECT_OK(first.sender.Send({}, Lend(second.receiver))); });
    const absl::Status sent = second.sender.Send({}, Lend(first.receiver));
    other.join();
    EXPECT_OK(sent);
    EXPECT_THAT(SendText(first.sender, ""),
                StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(SendText(second.sender, ""),
                StatusIs(absl::StatusCode::kUnavailable));
  }
}

// Holds up its first call until it is released.
class SlowListener final : public ReadyListener {
 public:
  void OnReady(std::uint64_t /*token*/) override {
    const int call = ++calls_;
    calls_.notify_all();
    if (call == 1) is_released_.wait(false);
  }
  void AwaitFirstCall() { calls_.wait(0); }
  int calls() const { return calls_; }
  void Release() {
    is_released_ = true;
    is_released_.notify_all();
  }

 private:
  std::atomic<int> calls_ = 0;
  std::atomic<bool> is_released_ = false;
};

TEST(InprocessChannelTest, SendThatReturnedHasBeenToldThoughAnotherHasNot) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
  const auto listener = std::make_shared<SlowListener>();
  ASSERT_TRUE(pair.receiver.lane()->SetReadyListener(listener, 1));
  std::thread slow([&] { EXPECT_OK(SendText(pair.sender, "slow")); });
  listener->AwaitFirstCall();
  EXPECT_OK(SendText(pair.sender, "quick"));
  EXPECT_EQ(listener->calls(), 2);
  listener->Release();
  slow.join();
  // Who finds a message in the queue that was told adds nothing to that.
  EXPECT_OK(SendText(pair.sender, "late"));
  EXPECT_EQ(listener->calls(), 2);
}

// A receiver that was in a queue once can be queued anywhere again.
TEST(InprocessChannelTest, ReceiverThatLeftAQueueMayHoldThatQueuesReceiver) {
  ASSERT_OK_AND_ASSIGN(ChannelPair first, CreateInprocessChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair second, CreateInprocessChannel());
  Message message;
  ASSERT_OK(first.sender.Send({}, Lend(second.receiver)));
  ASSERT_OK(first.receiver.Receive(message, Soon()));
  second.receiver = Take<Receiver>(message, 0);
  ASSERT_OK(second.sender.Send({}, Lend(first.receiver)));
  ASSERT_OK(second.receiver.Receive(message, Soon()));
  first.receiver = Take<Receiver>(message, 0);
  EXPECT_TRUE(AreConnected(first.sender, first.receiver));
  EXPECT_TRUE(AreConnected(second.sender, second.receiver));
}

}  // namespace
}  // namespace ipc_channel::transport
