// Callbacks that do what callbacks should not: they harm only themselves.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
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
#include "ipc_channel/channel/router/router_options.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/channel/router/test_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

constexpr absl::StatusCode kGone = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kTooLate = absl::StatusCode::kDeadlineExceeded;

// Blocks callbacks until it is opened.
class Gate {
 public:
  void Pass() { EXPECT_TRUE(IsDisconnected(closed_.receiver.Recv().status())); }
  void Open() { closed_.sender = {}; }

 private:
  ChannelEnds<int> closed_ = MakeQueue<int>();
};

class CallbacksTest : public ::testing::Test {
  FdLeakCheck fds_;

 protected:
  // What a callback that outlives its router holds is closed when it returns.
  void TearDown() override {
    EXPECT_TRUE(Eventually([this] { return bool{fds_.NoLeak()}; }));
    EXPECT_TRUE(fds_.NoLeak());
  }

  // A route that reports what it gets.
  Sender<int> AddReporter(Router& router, const Reports<int>& reports) {
    ChannelEnds<int> ends = MakeChannel<int>();
    EXPECT_OK(router.AddRoute(
        std::move(ends.receiver),
        [&reports](absl::StatusOr<int> value) { reports.Add(*value); }));
    return std::move(ends.sender);
  }

  // A route whose callback says 0 and waits at `gate`.
  Sender<int> AddBlocker(Router& router, const Reports<int>& reports,
                         Gate& gate) {
    ChannelEnds<int> ends = MakeChannel<int>();
    EXPECT_OK(router.AddRoute(std::move(ends.receiver),
                              [&reports, &gate](absl::StatusOr<int> value) {
                                reports.Add(-*value);
                                gate.Pass();
                              }));
    return std::move(ends.sender);
  }

  Reports<int> reports_;
};

TEST_F(CallbacksTest, MayAddAThousandRoutes) {
  constexpr int kRoutes = 1200;
  const std::unique_ptr<Router> router = MakeRouter();
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(
      router->AddRoute(std::move(ends.receiver), [&](absl::StatusOr<int>) {
        for (int i = 0; i < kRoutes; ++i) {
          // Queues, of which any number can be open at once.
          ChannelEnds<int> added = MakeQueue<int>();
          EXPECT_OK(added.sender.Send(i));
          EXPECT_OK(router->AddRoute(
              std::move(added.receiver),
              [this](absl::StatusOr<int> value) { reports_.Add(*value); }));
        }
      }));
  ASSERT_OK(ends.sender.Send(0));
  std::vector<int> seen(kRoutes);
  for (int i = 0; i < kRoutes; ++i) {
    ASSERT_OK_AND_ASSIGN(const int value, reports_.Next());
    ++seen.at(value);
  }
  EXPECT_EQ(seen, std::vector<int>(kRoutes, 1));
}

TEST_F(CallbacksTest, ThatBlockHoldUpOnlyTheirOwnRoute) {
  Gate gate;
  const std::unique_ptr<Router> router = MakeRouter();
  const Sender<int> other = AddReporter(*router, reports_);
  const Sender<int> stuck = AddBlocker(*router, reports_, gate);
  ASSERT_OK(stuck.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(-1));
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK(other.Send(i));
    EXPECT_THAT(reports_.Next(), IsOkAndHolds(i));
  }
  const RouterStats stats = router->stats();
  EXPECT_GE(stats.callbacks_blocked, 1u);
  EXPECT_GE(stats.callbacks_running, 1u);
  EXPECT_GE(stats.threads, 2u);

  // What is sent to the stuck one stays in its channel, which becomes full.
  absl::Status sent;
  int queued = 0;
  while ((sent = stuck.TrySend(2)).ok()) ++queued;
  EXPECT_TRUE(IsFull(sent));
  EXPECT_TRUE(reports_.AreOver());

  // Afterwards it goes on where it was, and threads end.
  gate.Open();
  for (int i = 0; i < queued; ++i) {
    ASSERT_THAT(reports_.Next(), IsOkAndHolds(-2));
  }
  EXPECT_TRUE(Eventually([&] {
    return router->stats().callbacks_blocked == 0 &&
           router->stats().threads <= 2;
  }));
}

TEST_F(CallbacksTest, ThatBlockLeaveTheRestOfWhatWasReceivedToOthers) {
  constexpr int kOthers = 12;
  Gate first;
  Gate gate;
  const std::unique_ptr<Router> router = MakeRouter();
  const Sender<int> barrier = AddBlocker(*router, reports_, first);
  std::vector<Sender<int>> others;
  for (int i = 0; i < kOthers; ++i) {
    others.push_back(AddReporter(*router, reports_));
  }
  const Sender<int> stuck = AddBlocker(*router, reports_, gate);
  ASSERT_OK(barrier.Send(100));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(-100));
  // All of these are ready at once.
  ASSERT_OK(stuck.Send(200));
  for (int i = 0; i < kOthers; ++i) ASSERT_OK(others[i].Send(1));
  first.Open();
  int sum = 0;
  for (int i = 0; i < kOthers + 1; ++i) {
    ASSERT_OK_AND_ASSIGN(const int value, reports_.Next());
    sum += value;
  }
  EXPECT_EQ(sum, kOthers - 200);
  gate.Open();
}

TEST_F(CallbacksTest, ThatBlockTogetherTakeAThreadEachUpToTheMost) {
  std::array<Gate, 3> gates;
  const std::unique_ptr<Router> router = MakeRouter({.max_threads = 3});
  std::vector<Sender<int>> stuck;
  for (Gate& gate : gates) {
    stuck.push_back(AddBlocker(*router, reports_, gate));
  }
  const Sender<int> other = AddReporter(*router, reports_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(stuck[i].Send(i + 1));
    EXPECT_THAT(reports_.Next(), IsOkAndHolds(-i - 1));
  }
  EXPECT_EQ(router->stats().threads, 3u);
  ASSERT_OK(other.Send(7));
  // There is nobody left, until one of them returns.
  EXPECT_EQ(router->stats().callbacks_running, 3u);
  EXPECT_TRUE(reports_.AreOver());
  gates[1].Open();
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(7));
  gates[0].Open();
  gates[2].Open();
}

TEST_F(CallbacksTest, ThatMayBlockForEverAreNeverTakenForBlocked) {
  Gate gate;
  const auto router = MakeRouter({.blocked_after = absl::InfiniteDuration()});
  const Sender<int> other = AddReporter(*router, reports_);
  // The second call finds somebody who watches.
  ASSERT_OK(other.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  ASSERT_TRUE(Eventually([&] { return router->stats().threads == 2; }));
  const Sender<int> blocker = AddBlocker(*router, reports_, gate);
  ASSERT_OK(blocker.Send(0));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(0));
  ASSERT_OK(other.Send(2));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(router->stats().callbacks_blocked, 0u);
  EXPECT_TRUE(reports_.AreOver());
  gate.Open();
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(2));
}

TEST_F(CallbacksTest, NeverOverlapWhereOneThreadIsAllowed) {
  std::atomic<int> inside = 0;
  const std::unique_ptr<Router> router =
      MakeRouter({.max_threads = 1, .blocked_after = absl::Milliseconds(1)});
  std::vector<Sender<int>> senders;
  for (int i = 0; i < 4; ++i) {
    ChannelEnds<int> ends = MakeChannel<int>();
    ASSERT_OK(router->AddRoute(std::move(ends.receiver),
                               [&](absl::StatusOr<int> value) {
                                 EXPECT_EQ(++inside, 1);
                                 absl::SleepFor(absl::Milliseconds(8));
                                 --inside;
                                 reports_.Add(*value);
                               }));
    senders.push_back(std::move(ends.sender));
  }
  for (const Sender<int>& sender : senders) ASSERT_OK(sender.Send(1));
  for (int i = 0; i < 4; ++i) EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  EXPECT_EQ(router->stats().threads, 1u);
}

TEST_F(CallbacksTest, OfOneRouteNeverOverlapAndKeepTheirOrderThoughTheyBlock) {
  std::atomic<int> inside = 0;
  const std::unique_ptr<Router> router =
      MakeRouter({.blocked_after = absl::Milliseconds(1)});
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(std::move(ends.receiver),
                             [&](absl::StatusOr<int> value) {
                               EXPECT_EQ(++inside, 1);
                               if (*value % 10 == 0)
                                 absl::SleepFor(absl::Milliseconds(6));
                               --inside;
                               reports_.Add(*value);
                             }));
  for (int i = 0; i < 50; ++i) ASSERT_OK(ends.sender.Send(i));
  for (int i = 0; i < 50; ++i) EXPECT_THAT(reports_.Next(), IsOkAndHolds(i));
}

TEST_F(CallbacksTest, ClosedCallbackThatBlocksHoldsUpNobody) {
  Gate gate;
  const std::unique_ptr<Router> router = MakeRouter();
  const Sender<int> other = AddReporter(*router, reports_);
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(
      std::move(ends.receiver), [](auto) {},
      [&](const absl::Status&) {
        reports_.Add(-1);
        gate.Pass();
      }));
  ends.sender = {};
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(-1));
  ASSERT_OK(other.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  gate.Open();
}

TEST_F(CallbacksTest, ThatThrowEndTheirOwnRouteOnly) {
  const std::unique_ptr<Router> router = MakeRouter();
  const Sender<int> other = AddReporter(*router, reports_);
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(router->AddRoute(
      std::move(ends.receiver),
      [witness = std::move(witness)](absl::StatusOr<int>) {
        throw std::runtime_error("no");
      },
      [this](const absl::Status& why) {
        reports_.Add(absl::IsInternal(why) ? -1 : -2);
        throw 7;
      }));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(-1));
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
  ASSERT_OK(other.Send(5));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(5));
  // New ones can be added, too.
  const Sender<int> added = AddReporter(*router, reports_);
  ASSERT_OK(added.Send(6));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(6));
}

TEST_F(CallbacksTest, OneShotThatThrowsIsNotCalledAgain) {
  const std::unique_ptr<Router> router = MakeRouter();
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(router->AddOneShotRoute(
      std::move(ends.receiver),
      [this, witness = std::move(witness)](absl::StatusOr<int> value) {
        reports_.Add(value.value_or(-1));
        throw 7;
      }));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_TRUE(reports_.AreOver());
}

TEST_F(CallbacksTest, MayRemoveTheirOwnRouteAndOthers) {
  const std::unique_ptr<Router> router = MakeRouter();
  ChannelEnds<int> other = MakeChannel<int>();
  auto [other_witness, other_grave] = MakeWitness();
  ASSERT_OK_AND_ASSIGN(
      const RouteId other_id,
      router->AddRoute(std::move(other.receiver),
                       [witness = std::move(other_witness)](auto) {}));
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ChannelEnds<std::uint64_t> own_id = MakeQueue<std::uint64_t>();
  ASSERT_OK_AND_ASSIGN(
      const RouteId id,
      router->AddRoute(
          std::move(ends.receiver),
          [&, &other_grave = other_grave,
           witness = std::move(witness)](absl::StatusOr<int>) {
            const RouteId self = RouteId(*own_id.receiver.Recv());
            EXPECT_OK(router->RemoveRoute(other_id));
            EXPECT_TRUE(other_grave.IsClosed());
            EXPECT_OK(router->RemoveRoute(self));
            EXPECT_THAT(router->RemoveRoute(self), StatusIs(kInvalid));
            // The callback is still whole.
            reports_.Add(witness.held.valid() ? 1 : 0);
          },
          [this](const absl::Status&) { reports_.Add(-1); }));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_OK(ends.sender.Send(2));
  ASSERT_OK(own_id.sender.Send(static_cast<std::uint64_t>(id)));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_THAT(ends.sender.Send(3), StatusIs(kGone));
  EXPECT_TRUE(Eventually([&] { return router->stats().routes == 0; }));
  EXPECT_TRUE(reports_.AreOver());
}

TEST_F(CallbacksTest, ThatAreRemovedWhileTheyBlockAreNotCalledAgain) {
  Gate gate;
  const std::unique_ptr<Router> router = MakeRouter();
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK_AND_ASSIGN(const RouteId id,
                       router->AddRoute(std::move(ends.receiver),
                                        [&, witness = std::move(witness)](
                                            absl::StatusOr<int> value) {
                                          reports_.Add(*value);
                                          gate.Pass();
                                        }));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_OK(ends.sender.Send(2));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  ASSERT_OK(router->RemoveRoute(id));
  EXPECT_FALSE(grave.IsClosed());
  // The receiver goes at once.
  EXPECT_THAT(ends.sender.Send(3), StatusIs(kGone));
  gate.Open();
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_TRUE(reports_.AreOver());
}

TEST_F(CallbacksTest, MayShutTheRouterDown) {
  const std::unique_ptr<Router> router = MakeRouter();
  ChannelEnds<int> other = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(router->AddRoute(std::move(other.receiver),
                             [witness = std::move(witness)](auto) {}));
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(std::move(ends.receiver),
                             [&, &grave = grave](absl::StatusOr<int>) {
                               router->Shutdown();
                               EXPECT_TRUE(grave.IsClosed());
                               reports_.Add(1);
                             }));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  // Waits for what the callback could not.
  router->Shutdown();
  EXPECT_EQ(router->stats().threads, 0u);
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
}

TEST_F(CallbacksTest, MayDestroyTheRouter) {
  auto router = std::make_shared<std::unique_ptr<Router>>(MakeRouter());
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK((*router)->AddRoute(
      std::move(ends.receiver),
      [this, router, witness = std::move(witness)](absl::StatusOr<int>) {
        router->reset();
        reports_.Add(witness.held.valid() ? 1 : 0);
      }));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
}

// A callback object whose destruction destroys the router.
struct RouterHolder {
  std::unique_ptr<Router> router;
};

TEST_F(CallbacksTest, DestructorsMayUseAndDestroyTheRouter) {
  auto router = MakeRouter();
  Router* const plain = router.get();
  auto holder = std::make_unique<RouterHolder>();
  holder->router = std::move(router);
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK_AND_ASSIGN(
      const RouteId id,
      plain->AddRoute(std::move(ends.receiver),
                      [holder = std::move(holder),
                       witness = std::move(witness)](absl::StatusOr<int>) {}));
  ASSERT_OK(plain->RemoveRoute(id));
  EXPECT_TRUE(grave.IsClosed());
}

TEST_F(CallbacksTest, ThatAreStuckAreLeftBehindByAShutdownWithADeadline) {
  const auto gate = std::make_shared<Gate>();
  auto router = MakeRouter();
  const Sender<int> other = AddReporter(*router, reports_);
  ChannelEnds<int> stuck = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(router->AddRoute(
      std::move(stuck.receiver),
      [this, gate, witness = std::move(witness)](absl::StatusOr<int> value) {
        reports_.Add(*value);
        gate->Pass();
      }));
  ASSERT_OK(stuck.sender.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  EXPECT_THAT(router->ShutdownFor(absl::Milliseconds(20)), StatusIs(kTooLate));
  EXPECT_THAT(other.Send(1), StatusIs(kGone));
  EXPECT_THAT(stuck.sender.Send(1), StatusIs(kGone));
  EXPECT_FALSE(grave.IsClosed());
  router.reset();  // does not wait
  EXPECT_FALSE(grave.IsClosed());
  gate->Open();  // it returns to what it needs
  EXPECT_TRUE(grave.ClosesSoon());
}

TEST_F(CallbacksTest, ThatAreRunningAreWaitedForByShutdown) {
  Gate gate;
  std::atomic<bool> is_done = false;
  auto router = MakeRouter();
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(
      router->AddRoute(std::move(ends.receiver), [&](absl::StatusOr<int>) {
        reports_.Add(1);
        gate.Pass();
        is_done = true;
      }));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  std::thread opener([&] {
    absl::SleepFor(absl::Milliseconds(10));
    EXPECT_FALSE(is_done);
    gate.Open();
  });
  router->Shutdown();
  EXPECT_TRUE(is_done);
  opener.join();
}

}  // namespace
}  // namespace ipc_channel
