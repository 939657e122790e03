#include "ipc_channel/examples/libuv/uv_reactor.h"

#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/testing/contract/reactor_contract.h"

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

INSTANTIATE_TEST_SUITE_P(
    Uv, ReactorContractTest,
    ::testing::Values(ReactorKind{
        "Uv", [] { return std::make_unique<Driver>(); }}),
    ReactorKind::Name);

}  // namespace
}  // namespace loops
