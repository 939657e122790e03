// Routers whose callbacks run on somebody's executor.

#include "ipc_channel/channel/executor.h"

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
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

// Runs tasks in the call.
class InlineExecutor final : public Executor {
 public:
  void Execute(Task task) override { std::move(task)(); }
};

// Runs tasks when and where the test says.
class HeldExecutor final : public Executor {
 public:
  void Execute(Task task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }
  // Null if there is none.
  Task Take() {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) return nullptr;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

 private:
  std::mutex mutex_;
  std::deque<Task> tasks_;
};

class PoolExecutor final : public Executor {
 public:
  explicit PoolExecutor(int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        while (!is_over_) {
          Task task = tasks_.Take();
          if (task != nullptr) {
            std::move(task)();
          } else {
            absl::SleepFor(absl::Milliseconds(1));
          }
        }
      });
    }
  }
  ~PoolExecutor() override {
    is_over_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  void Execute(Task task) override { tasks_.Execute(std::move(task)); }

 private:
  std::atomic<bool> is_over_ = false;
  HeldExecutor tasks_;
  std::vector<std::thread> threads_;
};

// Destroys tasks, which is allowed at any time.
class DyingExecutor final : public Executor {
 public:
  void Execute(Task) override {}
};

// What executors should not, but may.
class ThrowingExecutor final : public Executor {
 public:
  void Execute(Task) override { throw std::runtime_error("no more tasks"); }
};

class ExecutorTest : public ::testing::Test {
  FdLeakCheck fds_;

 protected:
  // A router that a callback destroys closes what it has when that returns.
  void TearDown() override {
    EXPECT_TRUE(Eventually([this] { return bool{fds_.NoLeak()}; }));
    EXPECT_TRUE(fds_.NoLeak());
  }

  Sender<int> AddReporter(Router& router) {
    ChannelEnds<int> ends = MakeChannel<int>();
    EXPECT_OK(router.AddRoute(
        std::move(ends.receiver),
        [this](absl::StatusOr<int> value) { reports_.Add(*value); },
        [this](const absl::Status&) { reports_.Add(-1); }));
    return std::move(ends.sender);
  }

  Reports<int> reports_;
};

TEST_F(ExecutorTest, ThatRunsInTheCallWorks) {
  const auto router =
      MakeRouter({.executor = std::make_shared<InlineExecutor>()});
  Sender<int> sender = AddReporter(*router);
  for (int i = 0; i < 40; ++i) ASSERT_OK(sender.Send(i));
  for (int i = 0; i < 40; ++i) EXPECT_THAT(reports_.Next(), IsOkAndHolds(i));
  sender = {};
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(-1));
  EXPECT_EQ(router->stats().threads, 1u);
}

TEST_F(ExecutorTest, ThatIsAPoolKeepsTheOrderOfEachRoute) {
  constexpr int kRoutes = 5;
  constexpr int kEach = 200;
  std::vector<std::unique_ptr<std::atomic<int>>> inside;
  std::vector<std::unique_ptr<Reports<int>>> reports;
  const auto router =
      MakeRouter({.executor = std::make_shared<PoolExecutor>(3)});
  std::vector<Sender<int>> senders;
  for (int i = 0; i < kRoutes; ++i) {
    inside.push_back(std::make_unique<std::atomic<int>>(0));
    reports.push_back(std::make_unique<Reports<int>>());
    ChannelEnds<int> ends = MakeChannel<int>();
    ASSERT_OK(router->AddRoute(
        std::move(ends.receiver),
        [&count = *inside.back(),
         &report = *reports.back()](absl::StatusOr<int> value) {
          EXPECT_EQ(++count, 1);
          report.Add(*value);
          --count;
        }));
    senders.push_back(std::move(ends.sender));
  }
  for (int j = 0; j < kEach; ++j) {
    for (const Sender<int>& sender : senders) ASSERT_OK(sender.Send(j));
  }
  for (int j = 0; j < kEach; ++j) {
    for (const auto& each : reports) {
      ASSERT_THAT(each->Next(), IsOkAndHolds(j));
    }
  }
}

TEST_F(ExecutorTest, HasOneTaskOfARouteAtATime) {
  const auto executor = std::make_shared<HeldExecutor>();
  const auto router = MakeRouter({.executor = executor});
  const Sender<int> a = AddReporter(*router);
  const Sender<int> b = AddReporter(*router);
  for (int i = 0; i < 60; ++i) {
    ASSERT_OK(a.Send(i));
    ASSERT_OK(b.Send(i));
  }
  ASSERT_TRUE(Eventually([&] { return executor->size() == 2; }));
  EXPECT_EQ(router->stats().tasks_outstanding, 2u);
  absl::SleepFor(absl::Milliseconds(10));
  EXPECT_EQ(executor->size(), 2u);
  EXPECT_TRUE(reports_.AreOver());

  // A task handles some messages and makes way for the others.
  std::move(executor->Take())();
  int handled = 0;
  for (; const std::optional<int> value = reports_.TryNext(); ++handled) {
    EXPECT_EQ(*value, handled);
  }
  EXPECT_EQ(handled, 16);
  ASSERT_TRUE(Eventually([&] { return executor->size() == 2; }));
  EXPECT_TRUE(Eventually([&] {
    Executor::Task task = executor->Take();
    if (task != nullptr) std::move(task)();
    while (reports_.TryNext().has_value()) ++handled;
    return handled == 120;
  }));
}

TEST_F(ExecutorTest, ThatDestroysATaskEndsItsRoute) {
  const auto executor = std::make_shared<HeldExecutor>();
  const auto router = MakeRouter({.executor = executor});
  const Sender<int> other = AddReporter(*router);
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(router->AddRoute(
      std::move(ends.receiver),
      [this, witness = std::move(witness)](auto) { reports_.Add(-2); },
      [this](const absl::Status&) { reports_.Add(-3); }));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_TRUE(Eventually([&] { return executor->size() == 1; }));
  executor->Take() = nullptr;
  EXPECT_TRUE(grave.IsClosed());
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
  EXPECT_EQ(router->stats().routes, 1u);
  EXPECT_EQ(router->stats().tasks_outstanding, 0u);
  ASSERT_OK(other.Send(4));
  ASSERT_TRUE(Eventually([&] { return executor->size() == 1; }));
  std::move(executor->Take())();
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(4));
}

TEST_F(ExecutorTest, ThatDestroysOrThrowsInTheCallEndsTheRoute) {
  const std::vector<std::shared_ptr<Executor>> executors = {
      std::make_shared<DyingExecutor>(), std::make_shared<ThrowingExecutor>()};
  for (const std::shared_ptr<Executor>& executor : executors) {
    const auto router = MakeRouter({.executor = executor});
    ChannelEnds<int> ends = MakeChannel<int>();
    auto [witness, grave] = MakeWitness();
    ASSERT_OK(router->AddRoute(std::move(ends.receiver),
                               [witness = std::move(witness)](auto) {}));
    ASSERT_OK(ends.sender.Send(1));
    EXPECT_TRUE(grave.ClosesSoon());
    EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
  }
}

TEST_F(ExecutorTest, TaskOfARemovedRouteDoesNothing) {
  const auto executor = std::make_shared<HeldExecutor>();
  const auto router = MakeRouter({.executor = executor});
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK_AND_ASSIGN(const RouteId id,
                       router->AddRoute(std::move(ends.receiver),
                                        [this, witness = std::move(witness)](
                                            auto) { reports_.Add(1); }));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_TRUE(Eventually([&] { return executor->size() == 1; }));
  ASSERT_OK(router->RemoveRoute(id));
  EXPECT_TRUE(grave.IsClosed());
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
  std::move(executor->Take())();
  EXPECT_TRUE(reports_.AreOver());
}

// One that was received already, too, with what it brought.
TEST_F(ExecutorTest, WhatARemovedRouteHasNotHandledIsDropped) {
  const auto executor = std::make_shared<HeldExecutor>();
  const auto router = MakeRouter({.executor = executor});
  ChannelEnds<Sender<int>> ends = MakeChannel<Sender<int>>();
  RouteId id{};
  ASSERT_OK_AND_ASSIGN(id,
                       router->AddRoute(std::move(ends.receiver), [&](auto) {
                         EXPECT_OK(router->RemoveRoute(id));
                         reports_.Add(1);
                       }));
  ChannelEnds<int> first = MakeChannel<int>();
  ChannelEnds<int> second = MakeChannel<int>();
  ASSERT_OK(ends.sender.Send(std::move(first.sender)));
  ASSERT_OK(ends.sender.Send(std::move(second.sender)));
  ASSERT_TRUE(Eventually([&] { return executor->size() == 1; }));
  std::move(executor->Take())();
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  EXPECT_TRUE(reports_.AreOver());
  EXPECT_THAT(first.receiver.TryRecv(), StatusIs(kGone));
  EXPECT_THAT(second.receiver.TryRecv(), StatusIs(kGone));
}

TEST_F(ExecutorTest, ShutdownDoesNotWaitForTasksThatHaveNotBegun) {
  const auto executor = std::make_shared<HeldExecutor>();
  auto router = MakeRouter({.executor = executor});
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(router->AddRoute(
      std::move(ends.receiver),
      [this, witness = std::move(witness)](auto) { reports_.Add(1); }));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_TRUE(Eventually([&] { return executor->size() == 1; }));
  router->Shutdown();
  EXPECT_TRUE(grave.IsClosed());
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
  router.reset();
  // Nobody is there any more.
  std::move(executor->Take())();
  EXPECT_TRUE(reports_.AreOver());
}

TEST_F(ExecutorTest, ThatOnlyTheRouterHoldsIsDestroyedByItsShutdown) {
  auto executor = std::make_shared<HeldExecutor>();
  const std::weak_ptr<HeldExecutor> watched = executor;
  auto router = MakeRouter({.executor = std::move(executor)});
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(std::move(ends.receiver), [](auto) {}));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_TRUE(
      Eventually([&] { return router->stats().tasks_outstanding == 1; }));
  router->Shutdown();
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(router->stats().tasks_outstanding, 0u);

  auto unused = std::make_shared<HeldExecutor>();
  const std::weak_ptr<HeldExecutor> watched_unused = unused;
  router = MakeRouter({.executor = std::move(unused)});
  router->Shutdown();
  EXPECT_TRUE(watched_unused.expired());
}

TEST_F(ExecutorTest, ShutdownWaitsForTheCallbackOfATask) {
  const auto executor = std::make_shared<HeldExecutor>();
  std::atomic<bool> is_done = false;
  const auto router = MakeRouter({.executor = executor});
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(std::move(ends.receiver), [&](auto) {
    reports_.Add(1);
    absl::SleepFor(absl::Milliseconds(10));
    is_done = true;
  }));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_TRUE(Eventually([&] { return executor->size() == 1; }));
  std::thread thread([&] { std::move(executor->Take())(); });
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  router->Shutdown();
  EXPECT_TRUE(is_done);
  thread.join();
}

TEST_F(ExecutorTest, CallbacksMayThrowAddShutDownAndDestroy) {
  const auto executor = std::make_shared<PoolExecutor>(2);
  auto router = std::make_shared<std::unique_ptr<Router>>(
      MakeRouter({.executor = executor}));
  Router& plain = **router;
  ChannelEnds<int> throws = MakeChannel<int>();
  ASSERT_OK(plain.AddRoute(
      std::move(throws.receiver), [](absl::StatusOr<int>) { throw 1; },
      [this](const absl::Status& why) {
        reports_.Add(absl::IsInternal(why) ? 1 : -1);
      }));
  ASSERT_OK(throws.sender.Send(0));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));

  ChannelEnds<int> adds = MakeChannel<int>();
  ASSERT_OK(plain.AddRoute(std::move(adds.receiver), [&](absl::StatusOr<int>) {
    for (int i = 0; i < 300; ++i) {
      ChannelEnds<int> added = MakeQueue<int>();
      EXPECT_OK(added.sender.Send(2));
      EXPECT_OK(plain.AddOneShotRoute(
          std::move(added.receiver),
          [this](absl::StatusOr<int> value) { reports_.Add(*value); }));
    }
  }));
  ASSERT_OK(adds.sender.Send(0));
  for (int i = 0; i < 300; ++i) {
    ASSERT_THAT(reports_.Next(), IsOkAndHolds(2));
  }
  // What follows waits for nobody, and the reports are the test's.
  EXPECT_TRUE(Eventually([&] { return plain.stats().callbacks_running == 0; }));

  ChannelEnds<int> destroys = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK(plain.AddRoute(
      std::move(destroys.receiver),
      [router, witness = std::move(witness)](absl::StatusOr<int>) {
        (*router)->Shutdown();
        router->reset();
      }));
  router.reset();
  ASSERT_OK(destroys.sender.Send(0));
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_THAT(adds.sender.Send(0), StatusIs(kGone));
}

TEST_F(ExecutorTest, CallbackThatRunsInTheCallMayDestroyTheRouter) {
  auto router = std::make_shared<std::unique_ptr<Router>>(
      MakeRouter({.executor = std::make_shared<InlineExecutor>()}));
  ChannelEnds<int> ends = MakeChannel<int>();
  auto [witness, grave] = MakeWitness();
  ASSERT_OK((*router)->AddRoute(
      std::move(ends.receiver),
      [router, witness = std::move(witness)](auto) { router->reset(); }));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_TRUE(grave.ClosesSoon());
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
}

TEST_F(ExecutorTest, OneShotRouteRunsOnIt) {
  const auto executor = std::make_shared<HeldExecutor>();
  const auto router = MakeRouter({.executor = executor});
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router->AddOneShotRoute(
      std::move(ends.receiver),
      [this](absl::StatusOr<int> value) { reports_.Add(*value); }));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_OK(ends.sender.Send(2));
  ASSERT_TRUE(Eventually([&] { return executor->size() == 1; }));
  std::move(executor->Take())();
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  EXPECT_THAT(ends.sender.Send(3), StatusIs(kGone));
  EXPECT_EQ(router->stats().routes, 0u);
  EXPECT_TRUE(reports_.AreOver());
}

TEST_F(ExecutorTest, ForwardsRunOnItAndWaitForRoom) {
  const auto executor = std::make_shared<PoolExecutor>(2);
  const auto router = MakeRouter({.executor = executor});
  constexpr int kMessages = 200;
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(Receiver<int> queue,
                       router->RouteToQueue(std::move(ends.receiver),
                                            {.capacity = {{.messages = 3}}}));
  std::thread thread([&] {
    for (int i = 0; i < kMessages; ++i) ASSERT_OK(ends.sender.Send(i));
    ends.sender = {};
  });
  EXPECT_TRUE(
      Eventually([&] { return router->stats().forwards_waiting == 1; }));
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_THAT(queue.RecvUntil(Soon()), IsOkAndHolds(i));
  }
  EXPECT_THAT(queue.RecvUntil(Soon()), StatusIs(kGone));
  thread.join();
}

}  // namespace
}  // namespace ipc_channel
