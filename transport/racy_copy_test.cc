#include "ipc_channel/transport/racy_copy.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::StatusIs;

TEST(RacyCopyTest, EveryRangeIsCopiedOutAndNothingElse) {
  const std::vector<std::byte> shared = Pattern(40);
  for (std::size_t offset = 0; offset <= shared.size(); ++offset) {
    for (std::size_t size = 0; size <= shared.size() - offset; ++size) {
      std::vector<std::byte> out(size + 2, std::byte{0xEE});
      ASSERT_OK(RacyCopyOut(shared, offset, std::span(out).subspan(1, size)));
      EXPECT_TRUE(std::equal(out.begin() + 1, out.end() - 1,
                             shared.begin() + static_cast<long>(offset)));
      EXPECT_EQ(out.front(), std::byte{0xEE});
      EXPECT_EQ(out.back(), std::byte{0xEE});
    }
  }
}

TEST(RacyCopyTest, EveryRangeIsCopiedInAndNothingElse) {
  const std::vector<std::byte> bytes = Pattern(40);
  for (std::size_t offset = 0; offset <= bytes.size(); ++offset) {
    for (std::size_t size = 0; size <= bytes.size() - offset; ++size) {
      std::vector<std::byte> shared(bytes.size(), std::byte{0xEE});
      std::vector<std::byte> expected = shared;
      std::copy_n(bytes.begin(), size,
                  expected.begin() + static_cast<long>(offset));
      ASSERT_OK(RacyCopyIn(shared, offset, std::span(bytes).first(size)));
      EXPECT_EQ(shared, expected);
    }
  }
}

TEST(RacyCopyTest, RangesBeyondTheEndAreRefusedWithoutOverflow) {
  struct Range {
    std::size_t offset;
    std::size_t size;
  };
  std::vector<std::byte> shared = Pattern(10);
  const std::vector<std::byte> before = shared;
  for (const auto [offset, size] :
       {Range{0, 11}, Range{10, 1}, Range{11, 0}, Range{9, 2},
        Range{SIZE_MAX, 1}, Range{SIZE_MAX, 11}, Range{SIZE_MAX - 3, 8}}) {
    std::vector<std::byte> own(size, std::byte{0xEE});
    EXPECT_THAT(RacyCopyOut(shared, offset, own),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(own, std::vector<std::byte>(size, std::byte{0xEE}));
    EXPECT_THAT(RacyCopyIn(shared, offset, own),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_EQ(shared, before);
}

TEST(RacyCopyTest, NothingIsWithinNothing) {
  EXPECT_OK(RacyCopyOut({}, 0, {}));
  EXPECT_OK(RacyCopyIn({}, 0, {}));
}

// For the thread sanitizer above all. Only whole bytes are promised.
TEST(RacyCopyTest, CopiesRaceWithCopies) {
  std::vector<std::byte> shared(1'003, std::byte{1});
  std::atomic<bool> done = false;
  std::thread writer([&] {
    std::vector<std::byte> own(1'001);
    for (int round = 0; round < 200; ++round) {
      std::ranges::fill(own, std::byte(round % 2 + 1));
      EXPECT_OK(RacyCopyIn(shared, 1, own));
    }
    done = true;
  });
  std::array<std::byte, 1'000> own;
  do {
    EXPECT_OK(RacyCopyOut(shared, 3, own));
    EXPECT_TRUE(std::ranges::all_of(own, [](std::byte byte) {
      return byte == std::byte{1} || byte == std::byte{2};
    }));
  } while (!done);
  writer.join();
}

}  // namespace
}  // namespace ipc_channel::transport
