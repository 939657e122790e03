#include "ipc_channel/transport/out_of_memory.h"

#include <cstdint>
#include <new>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AllocationCount;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

TEST(OutOfMemoryTest, ErrorIsMadeWithoutMemory) {
  const std::uint64_t before = AllocationCount();
  const absl::Status status = OutOfMemoryError();
  const std::uint64_t after = AllocationCount();
  EXPECT_EQ(after, before);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(OutOfMemoryTest, FailedAllocationIsAStatus) {
  EXPECT_THAT(OrOutOfMemory([]() -> absl::Status { throw std::bad_alloc(); }),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(
      OrOutOfMemory([]() -> absl::StatusOr<int> { throw std::bad_alloc(); }),
      StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(OutOfMemoryTest, ResultsPass) {
  EXPECT_THAT(OrOutOfMemory([]() -> absl::StatusOr<int> { return 3; }),
              IsOkAndHolds(3));
  EXPECT_THAT(OrOutOfMemory([] { return absl::DataLossError("bad"); }),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace ipc_channel::transport
