#include "ipc_channel/transport/poll_timeout.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ipc_channel::transport {
namespace {

TEST(PollTimeoutTest, WhatHasPassedIsNotWaitedFor) {
  EXPECT_EQ(PollTimeout(absl::InfinitePast()), 0);
  EXPECT_EQ(PollTimeout(absl::Now() - absl::Seconds(1)), 0);
}

TEST(PollTimeoutTest, ForEverIsForEver) {
  EXPECT_EQ(PollTimeout(absl::InfiniteFuture()), -1);
}

TEST(PollTimeoutTest, IsNeverEarly) {
  for (int i = 0; i < 100; ++i) {
    const absl::Time deadline = absl::Now() + absl::Microseconds(59'999'001);
    const absl::Time before = absl::Now();
    const absl::Duration waited = absl::Milliseconds(PollTimeout(deadline));
    EXPECT_GE(absl::Now() + waited, deadline);
    EXPECT_LE(before + waited, deadline + absl::Milliseconds(1));
  }
}

TEST(PollTimeoutTest, IsAnHourAtMost) {
  EXPECT_EQ(PollTimeout(absl::Now() + absl::Hours(1'000'000)), 3'600'000);
}

}  // namespace
}  // namespace ipc_channel::transport
