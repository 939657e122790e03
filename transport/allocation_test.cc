// Sending and receiving small messages allocates nothing once both ends have
// sent and received some.

#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AllocationCount;

constexpr int kWarmUps = 3;
constexpr int kMessages = 100;

// The number of allocations in kMessages calls of `operation`, after a few that
// fill what is used again. It says whether all was well; no assertions in it,
// which allocate.
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

class AllocationTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK_AND_ASSIGN(channel_, CreateChannel()); }

  bool SendAndReceive(std::span<const std::byte> payload,
                      std::span<const HandleRef> handles = {}) {
    return channel_.sender.Send(payload, handles, absl::InfinitePast()).ok() &&
           channel_.receiver.Receive(message_).ok() &&
           message_.payload().size() == payload.size() &&
           message_.handles().size() == handles.size();
  }

  // For what does allocate: how often, in the test's log.
  void Record(const std::string& name, std::uint64_t allocations) {
    RecordProperty(name + "_allocations_per_100_messages",
                   static_cast<int>(allocations));
    std::cout << name << ": " << static_cast<double>(allocations) / kMessages
              << " allocations a message\n";
  }

  ChannelPair channel_;
  Message message_;
};

TEST_F(AllocationTest, InlinePayloadsCostNone) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{8}, std::size_t{4096}, kMaxInlineBytes}) {
    const std::vector<std::byte> payload(size);
    EXPECT_EQ(AllocationsIn([&] { return SendAndReceive(payload); }), 0u)
        << size;
  }
}

TEST_F(AllocationTest, ADeadlineCostsNone) {
  const std::array<std::byte, 8> payload = {};
  const auto operation = [&] {
    const absl::Time deadline = absl::Now() + absl::Minutes(1);
    return channel_.sender.Send(payload, deadline).ok() &&
           channel_.receiver.Receive(message_, deadline).ok();
  };
  EXPECT_EQ(AllocationsIn(operation), 0u);
}

TEST_F(AllocationTest, LookingIntoAnEmptyChannelCostsNone) {
  const auto operation = [&] {
    const absl::StatusOr<bool> received =
        channel_.receiver.TryReceive(message_);
    return received.ok() && !*received;
  };
  EXPECT_EQ(AllocationsIn(operation), 0u);
}

TEST_F(AllocationTest, AReceiverSetCostsNone) {
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(channel_.receiver)));
  std::vector<ReceiverSet::Event> events(4);
  const std::array<std::byte, 8> payload = {};
  const auto operation = [&] {
    return channel_.sender.Send(payload).ok() &&
           set.Wait(absl::InfiniteFuture(), events).ok() &&
           events[0].status.ok();
  };
  EXPECT_EQ(AllocationsIn(operation), 0u);
}

// Objects are made for these, and so some allocations are due, but not more
// than a few: the numbers are in the log.
TEST_F(AllocationTest, HandlesAndLargePayloadsCostAFewEach) {
  constexpr std::uint64_t kFew = 16;
  const std::vector<std::byte> large(kMaxInlineBytes + 1);
  const std::uint64_t for_large =
      AllocationsIn([&] { return SendAndReceive(large); });
  Record("large_payload", for_large);
  EXPECT_LE(for_large, kFew * kMessages);

  ASSERT_OK_AND_ASSIGN(const ChannelPair passed, CreateChannel());
  const std::array<std::byte, 8> small = {};
  const HandleRef sender[] = {passed.sender};
  const std::uint64_t for_sender =
      AllocationsIn([&] { return SendAndReceive(small, sender); });
  Record("sender", for_sender);
  EXPECT_LE(for_sender, kFew * kMessages);

  ASSERT_OK_AND_ASSIGN(const SharedMemory block, SharedMemory::CopyOf(small));
  const HandleRef memory[] = {block};
  const std::uint64_t for_memory =
      AllocationsIn([&] { return SendAndReceive(small, memory); });
  Record("shared_memory", for_memory);
  EXPECT_LE(for_memory, kFew * kMessages);
}

}  // namespace
}  // namespace ipc_channel::transport
