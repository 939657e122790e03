#include "ipc_channel/transport/read_only_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

static_assert(!std::is_copy_constructible_v<MemoryWriter>);
static_assert(!std::is_copy_assignable_v<MemoryWriter>);

class ReadOnlyMemoryTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

TEST_F(ReadOnlyMemoryTest, IsEmptyByDefault) {
  EXPECT_EQ(ReadOnlyMemory().size(), 0u);
  EXPECT_TRUE(ReadOnlyMemory().bytes().empty());
  EXPECT_EQ(ReadOnlyMemory().region(), nullptr);
  EXPECT_EQ(MemoryWriter().size(), 0u);
}

TEST_F(ReadOnlyMemoryTest, NothingIsTheEmptyBlock) {
  ASSERT_OK_AND_ASSIGN(const WriterAndMemory made, CreateReadOnlyMemory(0));
  EXPECT_EQ(made.memory.region(), nullptr);
  EXPECT_EQ(made.writer.size(), 0u);
}

TEST_F(ReadOnlyMemoryTest, IsZeroedAndShowsWhatTheWriterWrites) {
  for (const std::size_t size : {1, 4'095, 4'096, 4'097, 3 << 20}) {
    ASSERT_OK_AND_ASSIGN(const WriterAndMemory made,
                         CreateReadOnlyMemory(size));
    ASSERT_EQ(made.memory.size(), size);
    ASSERT_EQ(made.writer.size(), size);
    EXPECT_TRUE(std::ranges::all_of(made.memory.bytes(), [](std::byte byte) {
      return byte == std::byte{0};
    }));
    const std::vector<std::byte> bytes = Pattern(size);
    std::ranges::copy(bytes, made.writer.bytes().begin());
    EXPECT_TRUE(std::ranges::equal(made.memory.bytes(), bytes));
  }
}

TEST_F(ReadOnlyMemoryTest, IsAligned) {
  ASSERT_OK_AND_ASSIGN(const WriterAndMemory made, CreateReadOnlyMemory(1));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(made.memory.bytes().data()) % 16,
            0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(made.writer.bytes().data()) % 16,
            0u);
}

TEST_F(ReadOnlyMemoryTest, RangesAreCopied) {
  ASSERT_OK_AND_ASSIGN(const WriterAndMemory made, CreateReadOnlyMemory(9));
  ASSERT_OK(made.writer.CopyIn(4, Bytes("there")));
  std::vector<std::byte> out(3);
  ASSERT_OK(made.memory.CopyOut(5, out));
  EXPECT_EQ(Text(out), "her");
  EXPECT_THAT(made.writer.CopyIn(5, Bytes("there")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(made.memory.CopyOut(7, out),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ReadOnlyMemoryTest, EitherSideOutlivesTheOther) {
  ASSERT_OK_AND_ASSIGN(WriterAndMemory made, CreateReadOnlyMemory(5));
  const ReadOnlyMemory copy = made.memory;
  made.memory = ReadOnlyMemory();
  ASSERT_OK(made.writer.CopyIn(0, Bytes("12345")));
  {
    const MemoryWriter moved = std::move(made.writer);
    EXPECT_EQ(made.writer.size(), 0u);
    ASSERT_OK(moved.CopyIn(4, Bytes("6")));
  }
  EXPECT_EQ(Text(copy.bytes()), "12346");
  ASSERT_OK_AND_ASSIGN(WriterAndMemory other, CreateReadOnlyMemory(5));
  other.memory = ReadOnlyMemory();
  ASSERT_OK(other.writer.CopyIn(0, Bytes("alone")));
  EXPECT_EQ(Text(other.writer.bytes()), "alone");
}

TEST_F(ReadOnlyMemoryTest, WhatIsWrittenAfterASendIsSeenByTheReceiver) {
  ASSERT_OK_AND_ASSIGN(const WriterAndMemory made,
                       CreateReadOnlyMemory(100'000));
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  ASSERT_OK(pair.sender.Send({}, Lend(made.memory)));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  const ReadOnlyMemory arrived = Take<ReadOnlyMemory>(message, 0);
  ASSERT_EQ(arrived.size(), made.memory.size());
  made.writer.bytes()[99'999] = std::byte{1};
  EXPECT_EQ(arrived.bytes()[99'999], std::byte{1});
}

}  // namespace
}  // namespace ipc_channel::transport
