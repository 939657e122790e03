#include "ipc_channel/transport/status.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::StatusIs;

TEST(StatusTest, DisconnectedIsUnavailable) {
  const absl::Status status = DisconnectedError("they left");
  EXPECT_TRUE(IsDisconnected(status));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                               ::testing::HasSubstr("they left")));
  EXPECT_FALSE(IsDisconnected(absl::OkStatus()));
  EXPECT_FALSE(IsDisconnected(absl::DataLossError("")));
}

TEST(StatusTest, FullIsToldFromOtherExhaustion) {
  const absl::Status status = FullError();
  EXPECT_TRUE(IsFull(status));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(IsFull(absl::ResourceExhaustedError("the channel is full")));
  EXPECT_FALSE(IsFull(absl::OkStatus()));
  EXPECT_FALSE(IsFull(DisconnectedError("")));
}

TEST(StatusTest, FullSurvivesACopy) {
  absl::Status copy = FullError();
  copy.Update(absl::InternalError("ignored"));
  EXPECT_TRUE(IsFull(copy));
}

}  // namespace
}  // namespace ipc_channel::transport
