#include "ipc_channel/examples/libuv/uv_reactor.h"

#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/loops/coroutines_in_loop.h"
#include "ipc_channel/testing/contract/reactor_contract.h"
#include "ipc_channel/testing/status_matchers.h"

namespace loops {
namespace {

using ::ipc_channel_testing::ReactorContractTest;
using ::ipc_channel_testing::ReactorDriver;
using ::ipc_channel_testing::ReactorKind;

void Check(bool is_well) {
  if (!is_well) std::abort();
}

// The first loop opens descriptors for signals, which stay: before any test.
[[maybe_unused]] const bool is_ready = [] {
  uv_loop_t loop;
  return uv_loop_init(&loop) == 0 && uv_loop_close(&loop) == 0;
}();

class Driver final : public ReactorDriver {
 public:
  Driver() {
    Check(uv_loop_init(&loop_) == 0);
    uv_timer_init(&loop_, &timer_);
    reactor_ = UvReactor::Make(&loop_).value();
  }

  ~Driver() override {
    reactor_.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    Check(uv_loop_close(&loop_) == 0);
  }

  ipc_channel::Reactor& reactor() override { return *reactor_; }

  void RunOnce(absl::Time deadline) override {
    // A timer that is due is called, and then libuv waits for what comes next:
    // not at all, if there is one, and not for ever, if one becomes due now.
    const absl::Duration wait =
        std::min(deadline - absl::Now(), absl::Seconds(1));
    uv_update_time(&loop_);
    if (wait <= absl::ZeroDuration() || uv_backend_timeout(&loop_) == 0) {
      uv_run(&loop_, UV_RUN_NOWAIT);
      return;
    }
    uv_timer_start(
        &timer_, [](uv_timer_t*) {},
        static_cast<std::uint64_t>(absl::ToInt64Milliseconds(wait)), 0);
    uv_run(&loop_, UV_RUN_ONCE);
    uv_timer_stop(&timer_);
  }

 private:
  uv_loop_t loop_;
  uv_timer_t timer_;
  std::unique_ptr<UvReactor> reactor_;
};

INSTANTIATE_TEST_SUITE_P(Uv, ReactorContractTest,
                         ::testing::Values(ReactorKind{
                             "Uv", [] { return std::make_unique<Driver>(); }}),
                         ReactorKind::Name);

// Though its descriptor is ready all the time, and was hung up in the end.
TEST(UvReactorTest, WhatIsNotArmedLeavesTheLoopIdle) {
  auto ends = ipc_channel::Channel<int>().value();
  uv_loop_t loop;
  ASSERT_EQ(uv_loop_init(&loop), 0);
  auto reactor = UvReactor::Make(&loop).value();
  int calls = 0;
  auto watch = reactor
                   ->NewWatch(ends.receiver.waitable().value(),
                              ends.receiver.interest(), [&] { ++calls; })
                   .value();
  watch->Arm(absl::InfiniteFuture());
  EXPECT_OK(ends.sender.Send(1));
  while (calls == 0) uv_run(&loop, UV_RUN_ONCE);
  ends.sender = {};

  // If there is nothing else, it waits for this.
  bool is_over = false;
  uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  timer.data = &is_over;
  uv_timer_start(
      &timer, [](uv_timer_t* it) { *static_cast<bool*>(it->data) = true; }, 10,
      0);
  uv_run(&loop, UV_RUN_ONCE);
  EXPECT_TRUE(is_over);

  watch.reset();
  reactor.reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&loop), 0);
}

TEST(UvReactorTest, RunsCoroutines) {
  uv_loop_t loop;
  ASSERT_EQ(uv_loop_init(&loop), 0);
  auto reactor = UvReactor::Make(&loop).value();
  EXPECT_EQ(
      CountWhatCoroutinesReceive(*reactor, [&] { uv_run(&loop, UV_RUN_ONCE); }),
      1'000);
  reactor.reset();
  uv_run(&loop, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&loop), 0);
}

}  // namespace
}  // namespace loops
