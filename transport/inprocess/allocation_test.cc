#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AllocationCount;
using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::StatusIs;

// How many allocations `count` messages of `size` bytes take, `depth` of which
// are queued at a time.
std::uint64_t Allocations(ChannelPair& pair, Message& message, std::size_t size,
                          int depth, int count) {
  const std::vector<std::byte> payload = Pattern(size);
  int failures = 0;
  const std::uint64_t before = AllocationCount();
  for (int done = 0; done < count; done += depth) {
    // Not EXPECT_OK(), which allocates.
    for (int i = 0; i < depth; ++i) {
      failures += pair.sender.Send(payload).ok() ? 0 : 1;
    }
    for (int i = 0; i < depth; ++i) {
      failures += pair.receiver.Receive(message).ok() ? 0 : 1;
    }
  }
  const std::uint64_t after = AllocationCount();
  EXPECT_EQ(failures, 0);
  return after - before;
}

TEST(AllocationTest, SteadyStateAllocatesNothing) {
  for (const std::size_t size : {0, 1, 64, 65, 1000, 4096}) {
    for (const int depth : {1, 3, 256}) {
      SCOPED_TRACE(::testing::Message() << depth << " of " << size << " bytes");
      ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
      Message message;
      EXPECT_GT(Allocations(pair, message, size, depth, 1024), 0u);
      EXPECT_EQ(Allocations(pair, message, size, depth, 1024), 0u);
    }
  }
}

TEST(AllocationTest, LongQueueKeepsLittleMemoryForEachMessage) {
  ASSERT_OK_AND_ASSIGN(
      ChannelPair pair,
      CreateInprocessChannel({.capacity = ChannelCapacity{.messages = 100'000,
                                                          .bytes = 1 << 30}}));
  Message message;
  Allocations(pair, message, 64, 1000, 2000);
  EXPECT_EQ(Allocations(pair, message, 64, 1000, 2000), 0u);
  EXPECT_GE(Allocations(pair, message, 65, 1000, 2000), 2000u);
}

// Nor is a receiver taken for one that lies in a queue.
TEST(AllocationTest, SendThatFindsNoMemoryTakesNothing) {
  const std::vector<std::byte> payload = Pattern(100'000);
  bool failed = true;
  for (std::uint64_t successes = 0; failed; ++successes) {
    SCOPED_TRACE(successes);
    ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
    ASSERT_OK_AND_ASSIGN(ChannelPair carried, CreateInprocessChannel());
    absl::Status status;
    {
      const ScopedAllocationFailure failure(
          successes, ScopedAllocationFailure::How::kFromThenOn);
      status = pair.sender.Send(payload, {carried.receiver, carried.sender},
                                absl::InfinitePast());
      failed = failure.happened();
    }
    EXPECT_EQ(status.ok(), !failed);
    if (status.ok()) break;
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_TRUE(AreConnected(carried.sender, carried.receiver));
    EXPECT_TRUE(AreConnected(pair.sender, pair.receiver));
    ASSERT_OK(carried.sender.Send({}, {pair.receiver}));
    Message message;
    ASSERT_OK(carried.receiver.Receive(message));
    EXPECT_EQ(message.handles().size(), 1u);
  }
}

}  // namespace
}  // namespace ipc_channel::transport
