#include "ipc_channel/examples/glib/glib_reactor.h"

#include <glib.h>

#include <algorithm>
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

class Driver final : public ReactorDriver {
 public:
  ipc_channel::Reactor& reactor() override { return reactor_; }

  void RunOnce(absl::Time deadline) override {
    const absl::Duration wait =
        std::min(deadline - absl::Now(), absl::Minutes(1));
    if (wait <= absl::ZeroDuration()) {
      g_main_context_iteration(context_.get(), FALSE);
      return;
    }
    GSource* const timeout = g_timeout_source_new(
        static_cast<guint>(absl::ToInt64Milliseconds(wait)));
    g_source_set_callback(
        timeout, [](gpointer) -> gboolean { return G_SOURCE_REMOVE; }, nullptr,
        nullptr);
    g_source_attach(timeout, context_.get());
    g_main_context_iteration(context_.get(), TRUE);
    g_source_destroy(timeout);
    g_source_unref(timeout);
  }

 private:
  std::unique_ptr<GMainContext, void (*)(GMainContext*)> context_{
      g_main_context_new(), g_main_context_unref};
  GlibReactor reactor_ = GlibReactor(context_.get());
};

INSTANTIATE_TEST_SUITE_P(Glib, ReactorContractTest,
                         ::testing::Values(ReactorKind{
                             "Glib",
                             [] { return std::make_unique<Driver>(); }}),
                         ReactorKind::Name);

// Though its descriptor is ready all the time, and was hung up in the end.
TEST(GlibReactorTest, WhatIsNotArmedLeavesTheLoopIdle) {
  auto ends = ipc_channel::Channel<int>().value();
  const std::unique_ptr<GMainContext, void (*)(GMainContext*)> context(
      g_main_context_new(), g_main_context_unref);
  GlibReactor reactor(context.get());
  int calls = 0;
  const auto watch = reactor
                         .NewWatch(ends.receiver.waitable().value(),
                                   ends.receiver.interest(), [&] { ++calls; })
                         .value();
  watch->Arm(absl::InfiniteFuture());
  EXPECT_OK(ends.sender.Send(1));
  while (calls == 0) g_main_context_iteration(context.get(), TRUE);
  EXPECT_FALSE(g_main_context_pending(context.get()));
  ends.sender = {};
  EXPECT_FALSE(g_main_context_pending(context.get()));
  watch->Arm(absl::InfiniteFuture());
  watch->Disarm();
  EXPECT_FALSE(g_main_context_pending(context.get()));
}

TEST(GlibReactorTest, RunsCoroutines) {
  const std::unique_ptr<GMainContext, void (*)(GMainContext*)> context(
      g_main_context_new(), g_main_context_unref);
  GlibReactor reactor(context.get());
  EXPECT_EQ(
      CountWhatCoroutinesReceive(
          reactor, [&] { g_main_context_iteration(context.get(), TRUE); }),
      1'000);
}

}  // namespace
}  // namespace loops
