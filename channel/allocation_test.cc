// What receiving bytes takes from the heap, and a set in a process that runs
// out of memory.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/receiver_event.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::AllocatedBytes;
using ::ipc_channel_testing::AllocationCount;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::StatusIs;

using How = ScopedAllocationFailure::How;

constexpr int kWarmUps = 300;  // each place of an in-process queue
static_assert(kWarmUps > transport::kInprocessCapacity);
constexpr int kMessages = 100;

// The number of allocations in kMessages calls of `operation`, after a few that
// fill what is used again. It says whether all was well.
template <class Operation>
std::uint64_t AllocationsIn(Operation operation) {
  bool all_well = true;
  for (int i = 0; i < kWarmUps; ++i) all_well &= operation();
  const std::uint64_t before = AllocationCount();
  for (int i = 0; i < kMessages; ++i) all_well &= operation();
  const std::uint64_t allocations = AllocationCount() - before;
  EXPECT_TRUE(all_well);
  return allocations;
}

TEST(AllocationTest, ReceivingIntoABufferCostsNone) {
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  // Over a queue in memory larger messages are handed over, not copied.
  const bool crosses_processes = ends.sender.raw().lane()->descriptor().valid();
  Bytes bytes;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{4096},
        crosses_processes ? transport::kMaxInlineBytes : std::size_t{1}}) {
    const std::vector<std::byte> sent(size);
    const auto operation = [&] {
      return ends.sender.Send(sent).ok() &&
             ends.receiver.RecvInto(bytes).ok() && bytes.size() == size &&
             ends.sender.TrySend(sent).ok() &&
             ends.receiver.TryRecvInto(bytes).value_or(false) &&
             bytes.size() == size;
    };
    EXPECT_EQ(AllocationsIn(operation), 0u) << size;
  }
}

TEST(AllocationTest, BytesOfASetCostNone) {
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(ends.receiver)));
  const auto operation = [&] {
    if (!ends.sender.Send("bytes").ok()) return false;
    const absl::StatusOr<std::span<ReceiverSet::Event>> events = set.Select();
    return events.ok() && events->front().bytes().size() == 5;
  };
  EXPECT_EQ(AllocationsIn(operation), 0u);
}

TEST(AllocationTest, ValuesOfASetCostNoneOfOurs) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> ends, Channel<int>());
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(ends.receiver)));
  const auto operation = [&] {
    if (!ends.sender.Send(5).ok()) return false;
    const absl::StatusOr<std::span<ReceiverSet::Event>> events = set.Select();
    return events.ok() && events->front().To<int>().value_or(0) == 5;
  };
  EXPECT_EQ(AllocationsIn(operation), 0u);
}

// Neither a large message nor the buffer for one is in what is kept.
TEST(AllocationTest, WhatRecvGivesTakesLittleMoreThanItsBytes) {
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  ASSERT_OK(ends.sender.Send("warm up"));
  ASSERT_OK(ends.receiver.Recv());
  ASSERT_OK(ends.sender.Send("seven77"));
  std::uint64_t before = AllocatedBytes();
  const absl::StatusOr<Bytes> small = ends.receiver.Recv();
  EXPECT_LE(AllocatedBytes() - before, 64u);
  EXPECT_EQ(small->text(), "seven77");
}

TEST(AllocationTest, LargeBytesAreNotCopiedWhereTheyAreReceived) {
  constexpr std::size_t kSize = std::size_t{4} << 20;
  constexpr std::uint64_t kLittle = 256 << 10;
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  const std::vector<std::byte> sent(kSize);
  ASSERT_OK(ends.sender.Send(sent));
  ASSERT_OK(ends.sender.Send(sent));
  ASSERT_OK(ends.sender.Send(sent));
  const std::uint64_t before = AllocatedBytes();
  const absl::StatusOr<Bytes> kept = ends.receiver.Recv();
  Bytes reused;
  const absl::Status received = ends.receiver.RecvInto(reused);
  ReceiverSet set;
  const bool added = set.Add(std::move(ends.receiver)).ok();
  const absl::StatusOr<std::span<ReceiverSet::Event>> events = set.Select();
  const absl::StatusOr<Bytes> taken = events->front().To<Bytes>();
  EXPECT_LE(AllocatedBytes() - before, kLittle);
  ASSERT_OK(kept);
  EXPECT_EQ(kept->size(), kSize);
  ASSERT_OK(received);
  EXPECT_EQ(reused.size(), kSize);
  ASSERT_TRUE(added);
  ASSERT_OK(taken);
  EXPECT_EQ(taken->size(), kSize);
}

// Calls `operation` with an allocation that fails after 0, 1, 2... others,
// until it needs no more.
template <class Operation>
void AtEveryAllocation(Operation operation) {
  for (const How how : {How::kOnce, How::kFromThenOn}) {
    bool failed = true;
    for (std::uint64_t successes = 0; failed; ++successes) {
      SCOPED_TRACE(successes);
      ASSERT_LT(successes, 1000u);
      failed = operation(successes, how);
    }
  }
}

TEST(AllocationTest, AFailedAddLeavesTheReceiverWithItsCaller) {
  AtEveryAllocation([](std::uint64_t successes, How how) {
    ChannelEnds<int> ends = Channel<int>().value();
    EXPECT_OK(ends.sender.Send(1));
    ReceiverSet set;
    absl::Status status;
    bool failed;
    {
      const ScopedAllocationFailure failure(successes, how);
      status = set.Add(std::move(ends.receiver)).status();
      failed = failure.happened();
    }
    if (!status.ok()) {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
      EXPECT_TRUE(set.empty());
      EXPECT_THAT(ends.receiver.Recv(), IsOkAndHolds(1));
    } else {
      EXPECT_THAT(set.Select()->front().To<int>(), IsOkAndHolds(1));
    }
    return failed;
  });
}

// What is refused or stopped is said without memory too.
TEST(AllocationTest, ErrorsNeedNoMemory) {
  ChannelEnds<int> ends = Channel<int>().value();
  std::stop_source source;
  source.request_stop();
  const std::string large(5'000, 'x');
  ChannelEnds<int> in_set = Channel<int>().value();
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                       set.Add(std::move(in_set.receiver)));
  ASSERT_OK(in_set.sender.Send(1));
  ASSERT_OK_AND_ASSIGN(const std::span<ReceiverSet::Event> events,
                       set.Select());
  std::vector<absl::StatusCode> codes;
  codes.reserve(10);
  {
    const ScopedAllocationFailure failure(0, How::kFromThenOn);
    codes.push_back(ends.receiver.Recv(source.get_token()).status().code());
    codes.push_back(Receiver<int>().Recv().status().code());
    codes.push_back(Sender<int>().Send(1).code());
    codes.push_back(Sender<std::string>().Send(large).code());
    codes.push_back(OpaqueSender().To<int>().status().code());
    codes.push_back(OpaqueReceiver().To<int>().status().code());
    codes.push_back(events.front().To<std::string>().status().code());
    codes.push_back(set.Remove<std::string>(id).status().code());
    codes.push_back(set.Remove(ReceiverId(77)).status().code());
  }
  EXPECT_EQ(codes, std::vector<absl::StatusCode>(
                       9, absl::StatusCode::kResourceExhausted));
}

TEST(AllocationTest, LargeStringsAreSentFromWhereTheyLie) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<std::string> ends, Channel<std::string>());
  if (!ends.sender.raw().lane()->descriptor().valid()) {
    GTEST_SKIP() << "in process they are copied to where they are received";
  }
  const std::string large(std::size_t{1} << 20, 'x');
  ASSERT_OK(ends.sender.Send(large));
  const std::uint64_t before = AllocatedBytes();
  ASSERT_OK(ends.sender.Send(large));
  EXPECT_LT(AllocatedBytes() - before, 10'000u);
}

TEST(AllocationTest, ASelectThatFindsNoMemoryTakesNothing) {
  AtEveryAllocation([](std::uint64_t successes, How how) {
    ChannelEnds<int> ends = Channel<int>().value();
    ReceiverSet set;
    EXPECT_OK(set.Add(std::move(ends.receiver)));
    absl::Status status;
    bool failed;
    {
      const ScopedAllocationFailure failure(successes, how);
      status = set.TrySelect().status();
      failed = failure.happened();
    }
    EXPECT_EQ(status.code(), failed ? absl::StatusCode::kResourceExhausted
                                    : absl::StatusCode::kOk);
    EXPECT_OK(ends.sender.Send(1));
    EXPECT_THAT(set.Select()->front().To<int>(), IsOkAndHolds(1));
    return failed;
  });
}

}  // namespace
}  // namespace ipc_channel
