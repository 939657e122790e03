// Very many short-lived routes, and many that misbehave at once.

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/channel/router/test_helpers.h"
#include "ipc_channel/testing/environment.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;

TEST(FloodTest, OfRoutesWithAMessageEachLeavesNothing) {
  const ExpectNoFdLeak no_leak;
  Reports<int> reports;
  const std::unique_ptr<Router> router = MakeRouter();
  const int rounds =
      static_cast<int>(ipc_channel_testing::NumberFromEnvironment(
          "IPC_CHANNEL_FLOOD_ROUNDS", 10'000));
  for (int i = 0; i < rounds; ++i) {
    ChannelEnds<int> ends = MakeChannel<int>();
    ASSERT_OK(ends.sender.Send(i));
    ASSERT_OK(router->AddRoute(
        std::move(ends.receiver),
        [&reports](absl::StatusOr<int> value) { reports.Add(*value); }));
    ASSERT_THAT(reports.Next(), IsOkAndHolds(i));
  }
  EXPECT_TRUE(Eventually([&] {
    return router->stats().routes == 0 && router->stats().threads <= 2;
  }));
}

// Each callback does one thing or another.
void Misbehave(int what, Router& router, RouteId other) {
  switch (what % 40) {
    case 0:
      absl::SleepFor(absl::Milliseconds(4));
      break;
    case 1:
      router.RemoveRoute(other).IgnoreError();
      break;
    case 2:
      throw what;
    case 3: {
      ChannelEnds<int> ends = MakeQueue<int>();
      EXPECT_OK(ends.sender.Send(1));
      EXPECT_OK(router.AddRoute(std::move(ends.receiver), [](auto) {}));
      break;
    }
    default:
      break;
  }
}

TEST(FloodTest, OfMisbehaviourDisturbsNoOrderAndEndsWithTheRouter) {
  const ExpectNoFdLeak no_leak;
  constexpr int kRoutes = 30;
  constexpr int kEach = 300;
  std::vector<std::atomic<int>> inside(kRoutes);
  std::vector<std::atomic<int>> next(kRoutes);
  const std::unique_ptr<Router> router =
      MakeRouter({.max_threads = 6, .blocked_after = absl::Milliseconds(1)});
  std::vector<Sender<int>> senders;
  std::vector<RouteId> ids;
  for (int i = 0; i < kRoutes; ++i) {
    ChannelEnds<int> ends = i % 2 == 0 ? MakeChannel<int>() : MakeQueue<int>();
    const RouteId other = ids.empty() ? RouteId() : ids[ids.size() / 2];
    absl::StatusOr<RouteId> id =
        router->AddRoute(std::move(ends.receiver),
                         [&inside = inside[i], &next = next[i], other, i,
                          &router = *router](absl::StatusOr<int> value) {
                           EXPECT_EQ(++inside, 1);
                           EXPECT_EQ(*value, next++);
                           // Some of each kind at a third of the routes.
                           const int what = i % 3 == 0 ? *value * 7 + i : 39;
                           if (what % 40 == 2) --inside;
                           Misbehave(what, router, other);
                           --inside;
                         });
    ASSERT_OK(id);
    ids.push_back(*id);
    senders.push_back(std::move(ends.sender));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int j = 0; j < kEach; ++j) {
        for (int i = t; i < kRoutes; i += 3) {
          senders[i].SendFor(j, absl::Minutes(1)).IgnoreError();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Those that neither threw nor were removed have got everything.
  EXPECT_TRUE(Eventually([&] {
    int whole = 0;
    for (const std::atomic<int>& each : next) whole += each == kEach;
    return whole >= kRoutes / 3;
  }));
  router->Shutdown();
  EXPECT_EQ(router->stats().threads, 0u);
  EXPECT_EQ(router->stats().callbacks_running, 0u);
  EXPECT_EQ(router->stats().callbacks_blocked, 0u);
}

}  // namespace
}  // namespace ipc_channel
