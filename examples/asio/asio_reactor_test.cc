#include "ipc_channel/examples/asio/asio_reactor.h"

#include <algorithm>
#include <asio.hpp>
#include <chrono>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/loops/coroutines_in_loop.h"
#include "ipc_channel/testing/contract/reactor_contract.h"

namespace loops {
namespace {

using ::ipc_channel_testing::ReactorContractTest;
using ::ipc_channel_testing::ReactorDriver;
using ::ipc_channel_testing::ReactorKind;

class Driver final : public ReactorDriver {
 public:
  ipc_channel::Reactor& reactor() override { return reactor_; }

  void RunOnce(absl::Time deadline) override {
    const absl::Duration wait = std::clamp(
        deadline - absl::Now(), absl::ZeroDuration(), absl::Minutes(1));
    if (loop_.run_one_for(absl::ToChronoNanoseconds(wait)) == 0) return;
    // Some more, but not all: there may always be more.
    for (int i = 0; i < 100 && loop_.poll_one() > 0; ++i) continue;
  }

 private:
  asio::io_context loop_;
  // Else the loop would stop whenever it has nothing to do.
  asio::executor_work_guard<asio::io_context::executor_type> more_work_ =
      asio::make_work_guard(loop_);
  AsioReactor reactor_ = AsioReactor(loop_);
};

INSTANTIATE_TEST_SUITE_P(Asio, ReactorContractTest,
                         ::testing::Values(ReactorKind{
                             "Asio",
                             [] { return std::make_unique<Driver>(); }}),
                         ReactorKind::Name);

TEST(AsioReactorTest, RunReturnsWhenNothingIsArmed) {
  auto ends = ipc_channel::Channel<int>().value();
  asio::io_context loop;
  AsioReactor reactor(loop);
  int calls = 0;
  const auto new_watch = [&] {
    auto watch = reactor
                     .NewWatch(ends.receiver.waitable().value(),
                               ends.receiver.interest(), [&] { ++calls; })
                     .value();
    watch->Arm(absl::Now() + absl::Hours(1));
    return watch;
  };
  const auto is_late = new_watch();
  const auto is_disarmed = new_watch();
  auto is_destroyed = new_watch();
  reactor.Execute([&] {
    is_late->Arm(absl::Now());
    is_disarmed->Disarm();
    is_destroyed.reset();
  });
  loop.run();
  EXPECT_EQ(calls, 1);
}

TEST(AsioReactorTest, RunsCoroutines) {
  asio::io_context loop;
  AsioReactor reactor(loop);
  EXPECT_EQ(CountWhatCoroutinesReceive(reactor,
                                       [&] {
                                         loop.restart();
                                         loop.run_one();
                                       }),
            1'000);
}

}  // namespace
}  // namespace loops
