#include "ipc_channel/transport/message.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AllocationCount;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::StatusIs;

static_assert(!std::is_copy_constructible_v<Message>);
static_assert(std::is_nothrow_move_constructible_v<Message>);
static_assert(std::is_nothrow_move_assignable_v<Message>);

constexpr char kText[] = "0123456789abcdef0123456789abcdef";

void SetText(Message& message) {
  const std::span<std::byte> buffer = message.Buffer(sizeof(kText));
  ASSERT_EQ(buffer.size(), sizeof(kText));
  std::memcpy(buffer.data(), kText, sizeof(kText));
  message.SetInlinePayload(0, sizeof(kText));
}

bool HoldsText(const Message& message) {
  return message.payload().size() == sizeof(kText) &&
         std::memcmp(message.payload().data(), kText, sizeof(kText)) == 0;
}

TEST(MessageTest, IsEmptyAtFirst) {
  const Message message;
  EXPECT_TRUE(message.payload().empty());
  EXPECT_TRUE(message.handles().empty());
}

TEST(MessageTest, BufferIsKeptAndReused) {
  Message message;
  std::byte* const first = message.Buffer(1'000).data();
  ASSERT_NE(first, nullptr);
  message.Clear();
  EXPECT_EQ(message.Buffer(1'000).data(), first);
  EXPECT_EQ(message.Buffer(10).data(), first);
  EXPECT_EQ(message.Buffer(1'000).data(), first);
  EXPECT_EQ(message.Buffer(10).size(), 10u);
}

TEST(MessageTest, BufferDropsThePayload) {
  Message message;
  SetText(message);
  message.Buffer(100'000);
  EXPECT_TRUE(message.payload().empty());
}

TEST(MessageTest, PayloadIsAPartOfTheBuffer) {
  Message message;
  SetText(message);
  message.SetInlinePayload(16, 4);
  EXPECT_EQ(message.payload().size(), 4u);
  EXPECT_EQ(std::memcmp(message.payload().data(), kText + 16, 4), 0);
}

TEST(MessageTest, MappedPayloadTakesThePlaceOfTheInlineOneAndBack) {
  ASSERT_OK_AND_ASSIGN(
      SharedMemory memory,
      SharedMemory::CopyOf(std::as_bytes(std::span("mapped"))));
  Message message;
  SetText(message);
  message.SetMappedPayload(memory);
  EXPECT_EQ(message.payload().data(), memory.bytes().data());
  SetText(message);
  EXPECT_TRUE(HoldsText(message));
}

TEST(MessageTest, ClearDropsAll) {
  Message message;
  SetText(message);
  message.handles().push_back(SharedMemory());
  message.Clear();
  EXPECT_TRUE(message.payload().empty());
  EXPECT_TRUE(message.handles().empty());
}

TEST(MessageTest, MoveTakesAllAndLeavesAnEmptyMessage) {
  Message first;
  SetText(first);
  first.handles().push_back(SharedMemory());
  Message second = std::move(first);
  EXPECT_TRUE(HoldsText(second));
  EXPECT_EQ(second.handles().size(), 1u);
  EXPECT_TRUE(first.payload().empty());  // NOLINT: documented
  EXPECT_TRUE(first.handles().empty());

  Message third;
  third.handles().push_back(SharedMemory());
  third.handles().push_back(SharedMemory());
  third = std::move(second);
  EXPECT_TRUE(HoldsText(third));
  EXPECT_EQ(third.handles().size(), 1u);
  EXPECT_TRUE(second.handles().empty());  // NOLINT: documented
  SetText(first);
  EXPECT_TRUE(HoldsText(first));
}

TEST(MessageTest, SmallPayloadIsTakenAsACopyAndTheBufferStays) {
  Message message;
  std::byte* const buffer = message.Buffer(4 * sizeof(kText)).data();
  SetText(message);
  message.handles().push_back(SharedMemory());
  ASSERT_OK_AND_ASSIGN(const Message taken, message.TakePayload());
  EXPECT_TRUE(HoldsText(taken));
  EXPECT_NE(taken.payload().data(), buffer);
  EXPECT_TRUE(taken.handles().empty());
  EXPECT_TRUE(message.payload().empty());
  EXPECT_EQ(message.handles().size(), 1u);
  EXPECT_EQ(message.Buffer(4 * sizeof(kText)).data(), buffer);
}

TEST(MessageTest, PayloadThatFillsTheBufferIsTakenWithIt) {
  Message message;
  std::byte* const buffer = message.Buffer(2 * sizeof(kText)).data();
  SetText(message);
  ASSERT_OK_AND_ASSIGN(const Message taken, message.TakePayload());
  EXPECT_TRUE(HoldsText(taken));
  EXPECT_EQ(taken.payload().data(), buffer);
  EXPECT_TRUE(message.payload().empty());
  SetText(message);
  EXPECT_TRUE(HoldsText(message));
  EXPECT_TRUE(HoldsText(taken));
}

TEST(MessageTest, LargeMappedPayloadIsTakenAsItIs) {
  ASSERT_OK_AND_ASSIGN(
      const SharedMemory memory,
      SharedMemory::Create(kMaxInlineBytes + 1, [](std::span<std::byte>) {}));
  Message message;
  std::byte* const buffer = message.Buffer(1'000).data();
  message.SetMappedPayload(memory);
  ASSERT_OK_AND_ASSIGN(const Message taken, message.TakePayload());
  EXPECT_EQ(taken.payload().data(), memory.bytes().data());
  EXPECT_TRUE(message.payload().empty());
  EXPECT_EQ(message.Buffer(1'000).data(), buffer);
}

TEST(MessageTest, SmallMappedPayloadIsCopiedAndTheMappingGone) {
  ASSERT_OK_AND_ASSIGN(
      const SharedMemory memory,
      SharedMemory::CopyOf(std::as_bytes(std::span("mapped"))));
  const long holders = memory.region().use_count();
  Message message;
  message.SetMappedPayload(memory);
  ASSERT_OK_AND_ASSIGN(const Message taken, message.TakePayload());
  EXPECT_EQ(taken.payload().size(), memory.size());
  EXPECT_NE(taken.payload().data(), memory.bytes().data());
  EXPECT_EQ(memory.region().use_count(), holders);
}

TEST(MessageTest, PayloadStaysWhereThereIsNoMemoryToTakeIt) {
  Message message;
  message.Buffer(4 * sizeof(kText));
  SetText(message);
  absl::Status status;
  {
    const ScopedAllocationFailure failure(
        0, ScopedAllocationFailure::How::kFromThenOn);
    status = message.TakePayload().status();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(HoldsText(message));
}

TEST(MessageTest, BufferOfALargeMessageIsNotKept) {
  Message message;
  EXPECT_FALSE(message.Buffer(std::size_t{20} << 20).empty());
  const std::uint64_t before = AllocationCount();
  message.Clear();
  EXPECT_FALSE(message.Buffer(1'000).empty());
  EXPECT_EQ(AllocationCount() - before, 1u) << "made anew";
  std::byte* const buffer = message.Buffer(70'000).data();
  message.Clear();
  EXPECT_EQ(message.Buffer(1'000).data(), buffer);
}

TEST(MessageTest, NoPayloadIsTakenAsNone) {
  Message message;
  EXPECT_TRUE(message.TakePayload().value().payload().empty());
  std::byte* const buffer = message.Buffer(1'000).data();
  EXPECT_TRUE(message.TakePayload().value().payload().empty());
  EXPECT_EQ(message.Buffer(1'000).data(), buffer);
}

TEST(MessageTest, MoveToItselfKeepsAll) {
  Message message;
  SetText(message);
  Message& same = message;
  message = std::move(same);
  EXPECT_TRUE(HoldsText(message));
}

}  // namespace
}  // namespace ipc_channel::transport
