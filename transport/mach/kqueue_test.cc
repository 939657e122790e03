#include "ipc_channel/transport/mach/kqueue.h"

#include <mach/mach.h>

#include <array>
#include <cstdint>
#include <utility>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;

class KqueueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(kqueue_, Kqueue::Create());
    const mach_port_name_t port = NewRawPort();
    receive_ = ReceiveRight(port);
    send_ = SendRight(port);
  }

  Kqueue::Events Look() {
    tokens_ = {};
    const auto events = kqueue_.Wait(tokens_, absl::InfinitePast());
    EXPECT_OK(events.status());
    return events.value_or(Kqueue::Events{});
  }
  void Post() { ASSERT_EQ(RawMessage().SendTo(send_.name()), 0); }

  ipc_channel_testing::ExpectNoFdLeak no_leak_;
  Kqueue kqueue_;
  ReceiveRight receive_;
  SendRight send_;
  std::array<std::uint64_t, 4> tokens_ = {};
};

TEST_F(KqueueTest, ShowsAPortForAsLongAsItHasMessages) {
  ASSERT_OK(kqueue_.WatchPort(receive_.name(), 77));
  EXPECT_EQ(Look().ports, 0u);
  Post();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Look().ports, 1u);
    EXPECT_EQ(tokens_[0], 77u);
  }
  kqueue_.ForgetPort(receive_.name());
  EXPECT_EQ(Look().ports, 0u);
}

TEST_F(KqueueTest, SaysNothingOfAPortThatIsGone) {
  ASSERT_OK(kqueue_.WatchPort(receive_.name(), 77));
  Post();
  receive_ = ReceiveRight();
  EXPECT_EQ(Look().ports, 0u);
}

TEST_F(KqueueTest, ARingStaysOrIsTaken) {
  ASSERT_OK(kqueue_.AddBell(/*until_taken=*/false));
  EXPECT_FALSE(Look().rang);
  kqueue_.Ring();
  EXPECT_TRUE(Look().rang);
  EXPECT_TRUE(Look().rang);
  ASSERT_OK_AND_ASSIGN(kqueue_, Kqueue::Create());
  ASSERT_OK(kqueue_.AddBell(/*until_taken=*/true));
  kqueue_.Ring();
  EXPECT_TRUE(Look().rang);
  EXPECT_FALSE(Look().rang);
}

TEST_F(KqueueTest, WhatIsNoReceiveRightCannotBeWatched) {
  EXPECT_FALSE(kqueue_.WatchPort(MACH_PORT_NULL, 1).ok());
  receive_ = ReceiveRight();
  EXPECT_FALSE(kqueue_.WatchPort(send_.name(), 1).ok());
}

// Its number may be another's there.
TEST_F(KqueueTest, AForkedChildsCopyCanDoNothing) {
  ASSERT_OK(kqueue_.AddBell(/*until_taken=*/false));
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                         kqueue_.Ring();
                         if (kqueue_.descriptor().valid()) return 1;
                         if (kqueue_.AddBell(false).ok()) return 2;
                         if (kqueue_.Wait(tokens_, absl::InfinitePast()).ok())
                           return 3;
                         kqueue_ = Kqueue();
                         return 0;
                       }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_FALSE(Look().rang);
  kqueue_.Ring();
  EXPECT_TRUE(Look().rang);
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
