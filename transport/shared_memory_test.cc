#include "ipc_channel/transport/shared_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

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
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

class SharedMemoryTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

TEST_F(SharedMemoryTest, IsEmptyByDefault) {
  EXPECT_TRUE(SharedMemory().bytes().empty());
  EXPECT_EQ(SharedMemory().region(), nullptr);
}

TEST_F(SharedMemoryTest, CopyHoldsTheBytes) {
  for (const std::size_t size : {1, 4'095, 4'096, 4'097, 3 << 20}) {
    const std::vector<std::byte> bytes = Pattern(size);
    ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                         SharedMemory::CopyOf(bytes));
    EXPECT_TRUE(std::ranges::equal(memory.bytes(), bytes)) << size;
  }
}

TEST_F(SharedMemoryTest, CopyOfNothingIsTheEmptyBlock) {
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory, SharedMemory::CopyOf({}));
  EXPECT_EQ(memory.region(), nullptr);
}

TEST_F(SharedMemoryTest, FillerGetsAllOfTheBlockZeroed) {
  for (const std::size_t size : {1, 5'000, 3 << 20}) {
    int calls = 0;
    ASSERT_OK_AND_ASSIGN(
        const SharedMemory memory,
        SharedMemory::Create(size, [&](std::span<std::byte> block) {
          ++calls;
          EXPECT_EQ(block.size(), size);
          EXPECT_TRUE(std::ranges::all_of(
              block, [](std::byte byte) { return byte == std::byte{0}; }));
          block.back() = std::byte{7};
        }));
    EXPECT_EQ(calls, 1);
    ASSERT_EQ(memory.bytes().size(), size);
    EXPECT_EQ(memory.bytes().back(), std::byte{7});
  }
}

TEST_F(SharedMemoryTest, FillerIsNotCalledForNothing) {
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::Create(0, [](std::span<std::byte>) {
                         FAIL() << "there is nothing to fill";
                       }));
  EXPECT_TRUE(memory.bytes().empty());
}

TEST_F(SharedMemoryTest, CopiesShareTheBlock) {
  ASSERT_OK_AND_ASSIGN(SharedMemory memory,
                       SharedMemory::CopyOf(Bytes("shared")));
  const SharedMemory copy = memory;
  EXPECT_EQ(copy.bytes().data(), memory.bytes().data());
  memory = SharedMemory();
  EXPECT_EQ(Text(copy.bytes()), "shared");
}

// Pages that the filler did not touch included.
TEST_F(SharedMemoryTest, FilledBlockTravelsOverTheDefaultChannel) {
  ASSERT_OK_AND_ASSIGN(
      const SharedMemory memory,
      SharedMemory::Create(1'000'000, [](std::span<std::byte> block) {
        block[500'000] = std::byte{9};
      }));
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateChannel());
  ASSERT_OK(pair.sender.Send({}, Lend(memory)));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  const SharedMemory arrived = Take<SharedMemory>(message, 0);
  EXPECT_TRUE(std::ranges::equal(arrived.bytes(), memory.bytes()));
}

}  // namespace
}  // namespace ipc_channel::transport
