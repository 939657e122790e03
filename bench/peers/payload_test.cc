#include "ipc_channel/bench/peers/payload.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace ipc_channel_bench {
namespace {

using ::testing::ExitedWithCode;

constexpr std::uint64_t kValue = 0x0102030405060708;

std::vector<std::byte> Written(std::size_t size) {
  std::vector<std::byte> bytes(size);
  WritePayload(bytes, kValue);
  return bytes;
}

TEST(PayloadTest, HoldsItsValue) {
  for (const std::size_t size : {8u, 9u, 15u, 16u, 1001u}) {
    EXPECT_EQ(ReadPayload(Written(size), size), kValue) << size;
  }
}

TEST(PayloadDeathTest, EveryByteIsChecked) {
  for (std::size_t at = 0; at < 21; ++at) {
    std::vector<std::byte> bytes = Written(21);
    bytes[at] ^= std::byte{1};
    EXPECT_EXIT(ReadPayload(bytes, 21), ExitedWithCode(1), "other bytes") << at;
  }
}

TEST(PayloadDeathTest, AnotherSizeIsRefused) {
  EXPECT_EXIT(ReadPayload(Written(16), 24), ExitedWithCode(1), "another size");
}

TEST(PayloadDeathTest, AnotherMessageIsRefused) {
  EXPECT_EXIT(CheckPayload(Written(16), 16, kValue + 1), ExitedWithCode(1),
              "another message");
}

}  // namespace
}  // namespace ipc_channel_bench
