// Routes: what they deliver, how they end, and the router as a whole.

#include "ipc_channel/channel/router/router.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
#include "ipc_channel/channel/inprocess_channel.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/channel/router/test_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

constexpr absl::StatusCode kGone = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kShutDown = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class RouterTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  std::unique_ptr<Router> router_ = MakeRouter();
};

TEST_F(RouterTest, CanBeShutDownWithoutRoutes) {
  EXPECT_EQ(router_->stats().threads, 0u);
  router_->Shutdown();
  router_->Shutdown();
}

TEST_F(RouterTest, DeliversWhatWasQueuedBeforeTheRouteWasAdded) {
  ChannelEnds<int> numbers = MakeChannel<int>();
  ChannelEnds<std::string> texts = MakeChannel<std::string>();
  ASSERT_OK(numbers.sender.Send(42));
  ASSERT_OK(texts.sender.Send("forty-two"));
  Reports<int> got_numbers;
  Reports<std::string> got_texts;
  ASSERT_OK(router_->AddRoute(
      std::move(numbers.receiver),
      [&](absl::StatusOr<int> value) { got_numbers.Add(*value); }));
  ASSERT_OK(router_->AddRoute(std::move(texts.receiver),
                              [&](absl::StatusOr<std::string> value) {
                                got_texts.Add(*std::move(value));
                              }));
  EXPECT_THAT(got_numbers.Next(), IsOkAndHolds(42));
  EXPECT_THAT(got_texts.Next(), IsOkAndHolds("forty-two"));
  router_->Shutdown();
}

TEST_F(RouterTest, DeliversInOrderFromManyThreads) {
  constexpr int kThreads = 3;
  constexpr int kEach = 300;
  std::vector<std::unique_ptr<Reports<int>>> reports;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    ChannelEnds<int> ends = MakeChannel<int>();
    reports.push_back(std::make_unique<Reports<int>>());
    ASSERT_OK(router_->AddRoute(
        std::move(ends.receiver),
        [sender = reports.back()->sender()](absl::StatusOr<int> value) {
          EXPECT_OK(sender.Send(*value));
        }));
    threads.emplace_back([sender = std::move(ends.sender)] {
      for (int j = 0; j < kEach; ++j) EXPECT_OK(sender.Send(j));
    });
  }
  for (const auto& each : reports) {
    for (int j = 0; j < kEach; ++j) {
      ASSERT_THAT(each->Next(), IsOkAndHolds(j));
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Eventually([&] { return router_->stats().routes == 0; }));
  EXPECT_EQ(router_->stats().messages_delivered, std::uint64_t{3} * kEach);
  EXPECT_EQ(router_->stats().messages_lost, 0u);
  router_.reset();
}

TEST_F(RouterTest, DeliversLargeMessagesWhole) {
  std::vector<std::pair<std::string, std::uint32_t>> sent;
  for (std::uint32_t i = 0; i < 65'536; ++i) {
    sent.emplace_back(std::to_string(i), i);
  }
  auto ends = MakeChannel<std::vector<std::pair<std::string, std::uint32_t>>>();
  Reports<bool> same;
  ASSERT_OK(router_->AddRoute(std::move(ends.receiver), [&](auto value) {
    same.Add(value.ok() && *value == sent);
  }));
  std::thread thread([&] { EXPECT_OK(ends.sender.Send(sent)); });
  EXPECT_THAT(same.Next(), IsOkAndHolds(true));
  thread.join();
  router_.reset();
}

TEST_F(RouterTest, DeliversBytesToKeepAndBytesInPlace) {
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds kept, BytesChannel());
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds shown, BytesChannel());
  Reports<std::string> reports;
  ASSERT_OK(router_->AddRoute(std::move(kept.receiver),
                              [&](absl::StatusOr<Bytes> bytes) {
                                reports.Add(std::string(bytes->text()));
                              }));
  ASSERT_OK(router_->AddBytesRoute(
      std::move(shown.receiver),
      [&](absl::StatusOr<std::span<const std::byte>> bytes) {
        reports.Add(std::string(reinterpret_cast<const char*>(bytes->data()),
                                bytes->size()));
      }));
  ASSERT_OK(kept.sender.Send("to keep"));
  EXPECT_THAT(reports.Next(), IsOkAndHolds("to keep"));
  ASSERT_OK(shown.sender.Send("in place"));
  EXPECT_THAT(reports.Next(), IsOkAndHolds("in place"));
  router_.reset();
}

TEST_F(RouterTest, DeliversHandles) {
  ChannelEnds<Sender<int>> ends = MakeChannel<Sender<int>>();
  ChannelEnds<int> answers = MakeChannel<int>();
  ASSERT_OK(router_->AddRoute(
      std::move(ends.receiver),
      [](absl::StatusOr<Sender<int>> reply) { EXPECT_OK(reply->Send(7)); }));
  ASSERT_OK(ends.sender.Send(std::move(answers.sender)));
  EXPECT_THAT(answers.receiver.RecvUntil(Soon()), IsOkAndHolds(7));
  // The callback kept nothing.
  EXPECT_THAT(answers.receiver.RecvUntil(Soon()), StatusIs(kGone));
  router_.reset();
}

TEST_F(RouterTest, CallbackIsDestroyedWhenTheLastSenderIsGone) {
  ChannelEnds<int> ends = MakeChannel<int>();
  std::vector<Sender<int>> copies(3, ends.sender);
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(router_->AddRoute(std::move(ends.receiver),
                              [witness = std::move(witness)](auto) {}));
  ends.sender = {};
  while (!copies.empty()) {
    absl::SleepFor(absl::Milliseconds(2));
    EXPECT_FALSE(grave.IsClosed());
    copies.pop_back();
  }
  EXPECT_TRUE(grave.ClosesSoon());
  router_.reset();
}

TEST_F(RouterTest, ClosedIsCalledOnceAfterTheLastMessage) {
  ChannelEnds<int> ends = MakeChannel<int>();
  for (int i = 0; i < 50; ++i) ASSERT_OK(ends.sender.Send(i));
  ends.sender = {};
  Reports<int> reports;
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(router_->AddRoute(
      std::move(ends.receiver),
      [&reports, witness = std::move(witness)](absl::StatusOr<int> value) {
        reports.Add(*value);
      },
      [&reports](const absl::Status& why) {
        reports.Add(IsDisconnected(why) ? -1 : -2);
      }));
  for (int i = 0; i < 50; ++i) EXPECT_THAT(reports.Next(), IsOkAndHolds(i));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(-1));
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_TRUE(reports.AreOver());
  router_.reset();
}

TEST_F(RouterTest, OneShotRouteTakesTheFirstMessageAndDropsTheReceiver) {
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  Reports<int> reports;
  ASSERT_OK(router_->AddOneShotRoute(
      std::move(ends.receiver), [&reports, &ends, witness = std::move(witness)](
                                    absl::StatusOr<int> value) {
        // The receiver is gone already.
        reports.Add(IsDisconnected(ends.sender.Send(2)) ? *value : -1);
      }));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(1));
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_TRUE(reports.AreOver());
  EXPECT_TRUE(Eventually([&] { return router_->stats().routes == 0; }));
  EXPECT_EQ(router_->stats().messages_delivered, 1u);
  router_.reset();
}

TEST_F(RouterTest, OneShotRouteIsToldThatNothingCame) {
  ChannelEnds<int> ends = MakeChannel<int>();
  Reports<bool> gone;
  ASSERT_OK(router_->AddOneShotRoute(std::move(ends.receiver),
                                     [&](absl::StatusOr<int> value) {
                                       gone.Add(IsDisconnected(value.status()));
                                     }));
  ends.sender = {};
  EXPECT_THAT(gone.Next(), IsOkAndHolds(true));
  router_.reset();
}

TEST_F(RouterTest, RemovedRouteDropsItsReceiverAndItsCallback) {
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  Reports<int> reports;
  ASSERT_OK_AND_ASSIGN(
      const RouteId id,
      router_->AddRoute(
          std::move(ends.receiver),
          [&reports, witness = std::move(witness)](absl::StatusOr<int> value) {
            reports.Add(*value);
          },
          [&reports](const absl::Status&) { reports.Add(-1); }));
  EXPECT_EQ(router_->stats().routes, 1u);
  ASSERT_OK(router_->RemoveRoute(id));
  EXPECT_EQ(router_->stats().routes, 0u);
  EXPECT_TRUE(grave.IsClosed());
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
  EXPECT_THAT(router_->RemoveRoute(id), StatusIs(kInvalid));
  router_.reset();
  EXPECT_TRUE(reports.AreOver());
}

TEST_F(RouterTest, IdsAreNeverUsedAgain) {
  ChannelEnds<int> first = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(
      const RouteId a,
      router_->AddRoute(std::move(first.receiver), [](auto) {}));
  ASSERT_OK(router_->RemoveRoute(a));
  ChannelEnds<int> second = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(
      const RouteId b,
      router_->AddRoute(std::move(second.receiver), [](auto) {}));
  EXPECT_NE(a, b);
  EXPECT_NE(a, RouteId());
  router_.reset();
}

TEST_F(RouterTest, ShutdownDropsReceiversAndCallbacksAndStaysSo) {
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  Reports<int> closed;
  ASSERT_OK(router_->AddRoute(
      std::move(ends.receiver), [witness = std::move(witness)](auto) {},
      [&](const absl::Status&) { closed.Add(1); }));
  router_->Shutdown();
  EXPECT_TRUE(grave.IsClosed());
  EXPECT_TRUE(closed.AreOver());
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
  EXPECT_EQ(router_->stats().threads, 0u);

  ChannelEnds<int> late = MakeChannel<int>();
  auto [late_witness, late_grave] = MakeWitness();
  EXPECT_THAT(
      router_->AddRoute(std::move(late.receiver),
                        [late_witness = std::move(late_witness)](auto) {}),
      StatusIs(kShutDown));
  EXPECT_TRUE(late_grave.IsClosed());
  // The receiver is still ours.
  ASSERT_OK(late.sender.Send(3));
  EXPECT_THAT(late.receiver.Recv(), IsOkAndHolds(3));
  router_->Shutdown();
  EXPECT_OK(router_->ShutdownFor(absl::ZeroDuration()));
  router_.reset();
}

TEST_F(RouterTest, RefusesEmptyArgumentsAndTakesNothing) {
  ChannelEnds<int> ends = MakeChannel<int>();
  EXPECT_THAT(router_->AddRoute(std::move(ends.receiver), nullptr),
              StatusIs(kInvalid));
  EXPECT_THAT(router_->AddOneShotRoute(std::move(ends.receiver), nullptr),
              StatusIs(kInvalid));
  EXPECT_THAT(router_->Forward(std::move(ends.receiver), Sender<int>()),
              StatusIs(kInvalid));
  EXPECT_TRUE(ends.receiver.valid());
  EXPECT_THAT(router_->AddRoute(Receiver<int>(), [](auto) {}),
              StatusIs(kInvalid));
  EXPECT_THAT(router_->AddBytesRoute(BytesReceiver(), [](auto) {}),
              StatusIs(kInvalid));
  EXPECT_THAT(router_->RemoveRoute(RouteId()), StatusIs(kInvalid));
  EXPECT_EQ(router_->stats().routes, 0u);
  router_.reset();
}

TEST_F(RouterTest, RoutesAreAddedAndRemovedByManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  Reports<int> reports;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        ChannelEnds<int> ends = MakeChannel<int>();
        EXPECT_OK(ends.sender.Send(j));
        auto id = router_->AddRoute(
            std::move(ends.receiver),
            [&reports](absl::StatusOr<int> value) { reports.Add(*value); });
        EXPECT_THAT(id, IsOk());
        // It may have been called by now, or not.
        if (j % 2 == 0) router_->RemoveRoute(*id).IgnoreError();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // The odd ones are never removed.
  int odd = 0;
  while (odd < 200) {
    ASSERT_OK_AND_ASSIGN(const int value, reports.Next());
    odd += value % 2;
  }
  EXPECT_TRUE(Eventually([&] { return router_->stats().routes == 0; }));
  router_.reset();
}

TEST_F(RouterTest, RoutesOfQueuesAndOfChannelsTakeTurns) {
  ChannelEnds<int> channel = MakeChannel<int>();
  ChannelEnds<int> queue = MakeQueue<int>();
  Reports<int> reports;
  ASSERT_OK(router_->AddRoute(
      std::move(channel.receiver),
      [&](absl::StatusOr<int> value) { reports.Add(*value); }));
  // Added while the router waits.
  ASSERT_OK(channel.sender.Send(1));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(1));
  absl::SleepFor(absl::Milliseconds(5));
  ASSERT_OK(queue.sender.Send(2));
  ASSERT_OK(router_->AddRoute(
      std::move(queue.receiver),
      [&](absl::StatusOr<int> value) { reports.Add(*value); }));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(2));
  ASSERT_OK(channel.sender.Send(3));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(3));
  ASSERT_OK(queue.sender.Send(4));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(4));
  router_.reset();
}

// Descriptors of the global one stay open, so this one does not count them.
TEST(GlobalRouterTest, IsOneForTheProcessAndStaysShutDown) {
  ASSERT_OK_AND_ASSIGN(Router* const global, Router::Global());
  EXPECT_THAT(Router::Global(), IsOkAndHolds(global));
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(ends.sender.Send(5));
  Reports<int> reports;
  ASSERT_OK(global->AddRoute(
      std::move(ends.receiver),
      [&](absl::StatusOr<int> value) { reports.Add(*value); }));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(5));
  global->Shutdown();
  global->Shutdown();
  EXPECT_THAT(Router::Global(), IsOkAndHolds(global));
  ChannelEnds<int> late = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  EXPECT_THAT(global->AddRoute(std::move(late.receiver),
                               [witness = std::move(witness)](auto) {}),
              StatusIs(kShutDown));
  EXPECT_TRUE(grave.IsClosed());
}

}  // namespace
}  // namespace ipc_channel
