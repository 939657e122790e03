#include "ipc_channel/transport/payload.h"

#include <array>
#include <cstddef>
#include <span>

#include "gtest/gtest.h"

namespace ipc_channel::transport {
namespace {

using Bytes = std::array<std::byte, 3>;

constexpr Bytes kBytes = {std::byte{1}, std::byte{2}, std::byte{3}};

Bytes CopyOf(const Payload& payload) {
  Bytes copy = {};
  payload.CopyTo(copy.data());
  return copy;
}

TEST(PayloadTest, IsHeadThenBody) {
  const std::span<const std::byte> all(kBytes);
  for (std::size_t head = 0; head <= all.size(); ++head) {
    const Payload payload(all.first(head), all.subspan(head));
    EXPECT_EQ(payload.size(), all.size());
    EXPECT_EQ(payload.head().size(), head);
    EXPECT_EQ(CopyOf(payload), kBytes);
  }
}

TEST(PayloadTest, WholeHasNoBody) {
  const Payload payload((std::span(kBytes)));
  EXPECT_TRUE(payload.body().empty());
  EXPECT_EQ(CopyOf(payload), kBytes);
}

TEST(PayloadTest, EmptyOneCopiesNothing) {
  const Payload payload({}, {});
  EXPECT_TRUE(payload.empty());
  EXPECT_EQ(CopyOf(payload), Bytes{});
}

}  // namespace
}  // namespace ipc_channel::transport
