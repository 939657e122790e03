#include "ipc_channel/transport/mutable_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/limits.h"
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

class MutableMemoryTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

TEST_F(MutableMemoryTest, IsEmptyByDefault) {
  EXPECT_EQ(MutableMemory().size(), 0u);
  EXPECT_TRUE(MutableMemory().bytes().empty());
  EXPECT_EQ(MutableMemory().region(), nullptr);
}

TEST_F(MutableMemoryTest, NothingIsTheEmptyBlock) {
  ASSERT_OK_AND_ASSIGN(const MutableMemory memory, MutableMemory::Create(0));
  EXPECT_EQ(memory.region(), nullptr);
}

TEST_F(MutableMemoryTest, IsZeroedAndWritableToItsEnd) {
  for (const std::size_t size : {1, 4'095, 4'096, 4'097, 3 << 20}) {
    ASSERT_OK_AND_ASSIGN(const MutableMemory memory,
                         MutableMemory::Create(size));
    ASSERT_EQ(memory.size(), size);
    EXPECT_TRUE(std::ranges::all_of(
        memory.bytes(), [](std::byte byte) { return byte == std::byte{0}; }));
    const std::vector<std::byte> bytes = Pattern(size);
    std::ranges::copy(bytes, memory.bytes().begin());
    EXPECT_TRUE(std::ranges::equal(memory.bytes(), bytes));
  }
}

TEST_F(MutableMemoryTest, IsAligned) {
  ASSERT_OK_AND_ASSIGN(const MutableMemory memory, MutableMemory::Create(1));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.bytes().data()) % 16, 0u);
}

TEST_F(MutableMemoryTest, CopiesShareTheBlock) {
  ASSERT_OK_AND_ASSIGN(MutableMemory memory, MutableMemory::Create(5));
  const MutableMemory copy = memory;
  ASSERT_OK(memory.CopyIn(0, Bytes("12345")));
  memory = MutableMemory();
  EXPECT_EQ(Text(copy.bytes()), "12345");
}

TEST_F(MutableMemoryTest, RangesAreCopied) {
  ASSERT_OK_AND_ASSIGN(const MutableMemory memory, MutableMemory::Create(9));
  ASSERT_OK(memory.CopyIn(4, Bytes("there")));
  std::vector<std::byte> out(3);
  ASSERT_OK(memory.CopyOut(5, out));
  EXPECT_EQ(Text(out), "her");
  EXPECT_THAT(memory.CopyIn(5, Bytes("there")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(memory.CopyOut(7, out),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MutableMemory().CopyOut(0, out),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(MutableMemoryTest, OverTheLimitIsOutOfRange) {
  for (const std::size_t size : {kMaxMutableMemoryBytes + 1, SIZE_MAX}) {
    EXPECT_THAT(MutableMemory::Create(size),
                StatusIs(absl::StatusCode::kOutOfRange));
  }
}

TEST_F(MutableMemoryTest, BothHoldersOfASentBlockWriteTheSameBytes) {
  ASSERT_OK_AND_ASSIGN(const MutableMemory memory,
                       MutableMemory::Create(100'000));
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  ASSERT_OK(pair.sender.Send({}, Lend(memory)));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  const MutableMemory arrived = Take<MutableMemory>(message, 0);
  ASSERT_EQ(arrived.size(), memory.size());
  memory.bytes()[99'999] = std::byte{1};
  arrived.bytes()[0] = std::byte{2};
  EXPECT_EQ(arrived.bytes()[99'999], std::byte{1});
  EXPECT_EQ(memory.bytes()[0], std::byte{2});
}

}  // namespace
}  // namespace ipc_channel::transport
