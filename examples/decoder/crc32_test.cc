#include "ipc_channel/examples/decoder/crc32.h"

#include <cstddef>
#include <span>
#include <string_view>

#include "gtest/gtest.h"

namespace decoder {
namespace {

TEST(Crc32Test, IsTheOneOfGzip) {
  constexpr std::string_view kDigits = "123456789";
  EXPECT_EQ(Crc32(std::as_bytes(std::span(kDigits))), 0xcbf43926u);
  EXPECT_EQ(Crc32({}), 0u);
}

}  // namespace
}  // namespace decoder
