// Who is gone before whom, and who is told too early.

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/coro/async_test.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Waits until the test goes on with it.
class Gate {
 public:
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
  void await_resume() const {}

  void Open() { std::exchange(waiting_, {}).resume(); }

 private:
  std::coroutine_handle<> waiting_;
};

Task<> Wait(Gate& gate) { co_await gate; }

using Numbers = Generator<absl::StatusOr<int>>;

Task<> TakeOne(Numbers& numbers, std::vector<absl::StatusOr<int>>& into) {
  std::optional<absl::StatusOr<int>> number = co_await numbers.Next();
  if (number.has_value()) into.push_back(*std::move(number));
}

class LifetimeTest : public AsyncTest {};

INSTANTIATE_TEST_SUITE_P(Worlds, LifetimeTest, AllAsyncWorlds(), NameOfWorld);

// Is alive as long as somebody has it.
Task<> Hold(std::shared_ptr<int> /*what*/, Gate& gate) { co_await gate; }

Generator<int> HoldAndGive(std::shared_ptr<int> what) { co_yield *what; }

TEST_P(LifetimeTest, WhatIsAssignedToIsDestroyedAtOnce) {
  Gate never;
  const auto what = std::make_shared<int>(7);
  Task<> task = Hold(what, never);
  Task<> other_task;
  task = std::move(other_task);
  EXPECT_EQ(what.use_count(), 1);
  Spawned spawned = Spawn(*loop_, Hold(what, never));
  RunWhatThereIs();
  EXPECT_EQ(what.use_count(), 2);
  Spawned other;
  spawned = std::move(other);
  EXPECT_EQ(what.use_count(), 1);
  Generator<int> generator = HoldAndGive(what);
  Generator<int> other_generator;
  generator = std::move(other_generator);
  EXPECT_EQ(what.use_count(), 1);
}

TEST_P(LifetimeTest, AGeneratorOutlivesWhoAwaitsItAndLosesNothing) {
  for (const bool comes_before_the_next : {true, false}) {
    ChannelEnds<int> ends = NewChannel<int>();
    Numbers numbers = Stream(Async(std::move(ends.receiver)));
    std::vector<absl::StatusOr<int>> got;
    {
      TaskGroup destroyed;
      destroyed.Spawn(TakeOne(numbers, got));
      EXPECT_EQ(destroyed.size(), 1u);
    }
    TaskGroup group;
    if (!comes_before_the_next) group.Spawn(TakeOne(numbers, got));
    ASSERT_OK(ends.sender.Send(1));
    ASSERT_OK(ends.sender.Send(2));
    RunWhatThereIs();
    if (comes_before_the_next) {
      EXPECT_THAT(got, IsEmpty());
      group.Spawn(TakeOne(numbers, got));
    }
    ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
    group.Spawn(TakeOne(numbers, got));
    ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
    EXPECT_THAT(got, ElementsAre(IsOkAndHolds(1), IsOkAndHolds(2)));
  }
}

TEST_P(LifetimeTest, AGeneratorThatEndsForNobodyIsAtItsEnd) {
  ChannelEnds<int> ends = NewChannel<int>();
  Numbers numbers = Stream(Async(std::move(ends.receiver)));
  std::vector<absl::StatusOr<int>> got;
  {
    TaskGroup destroyed;
    destroyed.Spawn(TakeOne(numbers, got));
  }
  ends.sender = {};
  RunWhatThereIs();
  TaskGroup group;
  group.Spawn(TakeOne(numbers, got));
  EXPECT_EQ(group.size(), 0u);
  EXPECT_THAT(got, IsEmpty());
}

TEST_P(LifetimeTest, AGeneratorMayBeDestroyedBeforeWhoAwaitsIt) {
  ChannelEnds<int> ends = NewChannel<int>();
  std::vector<absl::StatusOr<int>> got;
  {
    TaskGroup group;
    Numbers numbers = Stream(Async(std::move(ends.receiver)));
    group.Spawn(TakeOne(numbers, got));
    numbers = Numbers();
    EXPECT_TRUE(IsDisconnected(ends.sender.Send(1)));
    RunWhatThereIs();
  }
  EXPECT_THAT(got, IsEmpty());
}

TEST_P(LifetimeTest, AnAwaitedTaskIsDestroyedWithWhoAwaitsIt) {
  ChannelEnds<int> ends = NewChannel<int>();
  int got = 0;
  Task<> elsewhere = [](AsyncReceiver<int> from, int& number) -> Task<> {
    number = (co_await from.Recv()).value_or(-1);
  }(Async(std::move(ends.receiver)), got);
  {
    TaskGroup group;
    group.Spawn(
        [](Task<>& task) -> Task<> { co_await std::move(task); }(elsewhere));
    EXPECT_EQ(group.size(), 1u);
  }
  EXPECT_FALSE(elsewhere.valid());
  EXPECT_TRUE(IsDisconnected(ends.sender.Send(1)));
  RunWhatThereIs();
  EXPECT_EQ(got, 0);
}

TEST_P(LifetimeTest, AGroupMayBeDestroyedBeforeWhoJoinsIt) {
  bool is_joined = false;
  Gate never;
  TaskGroup joiners;
  {
    TaskGroup group;
    group.Spawn(Wait(never));
    joiners.Spawn([](TaskGroup& joined, bool& result) -> Task<> {
      EXPECT_OK(co_await joined.Join());
      result = true;
    }(group, is_joined));
  }
  EXPECT_FALSE(is_joined);
}

// Whoever joins a group is resumed where its last task ends: here, while
// another one begins.
TEST_P(LifetimeTest, AGroupMayBeDestroyedByWhoJoinedItWithinASpawn) {
  Gate gate;
  auto joined = std::make_unique<TaskGroup>();
  TaskGroup& group = *joined;
  group.Spawn(Wait(gate));
  TaskGroup joiners;
  joiners.Spawn([](std::unique_ptr<TaskGroup> own) -> Task<> {
    EXPECT_OK(co_await own->Join());
  }(std::move(joined)));
  group.Spawn([](Gate& first) -> Task<> {
    first.Open();
    co_return;
  }(gate));
  EXPECT_EQ(joiners.size(), 0u);
}

TEST_P(LifetimeTest, AReceiverLivesUntilWhoAwaitsItWasTold) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  absl::Status told;
  absl::Status sent = absl::UnknownError("");
  TaskGroup group;
  group.Spawn([](AsyncReceiver<int>& from, Sender<int>& to,
                 absl::Status& cancelled, absl::Status& result) -> Task<> {
    cancelled = (co_await from.Recv()).status();
    result = to.TrySend(1);
  }(receiver, ends.sender, told, sent));
  receiver = AsyncReceiver<int>();
  RunWhatThereIs();
  EXPECT_THAT(told, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_OK(sent);
  EXPECT_TRUE(IsDisconnected(ends.sender.Send(2)));
}

// Each time a watch is armed, it is called at once; then as it should.
class HastyReactor final : public Reactor {
 public:
  explicit HastyReactor(Reactor& loop) : loop_(loop) {}

  void Execute(Task task) override { loop_.Execute(std::move(task)); }
  absl::StatusOr<std::unique_ptr<Watch>> NewWatch(
      transport::BorrowedFd descriptor, transport::Interest interest,
      absl::AnyInvocable<void()> callback) override {
    auto watch = loop_.NewWatch(descriptor, interest, std::move(callback));
    if (!watch.ok()) return watch.status();
    return std::make_unique<HastyWatch>(*std::move(watch));
  }

 private:
  class HastyWatch final : public Watch {
   public:
    explicit HastyWatch(std::unique_ptr<Watch> watch)
        : watch_(std::move(watch)) {}
    void Arm(absl::Time deadline) override {
      watch_->Arm(std::exchange(is_hasty_, !is_hasty_) ? absl::InfinitePast()
                                                       : deadline);
    }
    void Disarm() override { watch_->Disarm(); }

   private:
    std::unique_ptr<Watch> watch_;
    bool is_hasty_ = true;
  };

  Reactor& loop_;
};

TEST_P(LifetimeTest, NobodyIsLateBecauseALoopCallsTooEarly) {
  HastyReactor hasty(*loop_);
  const auto sleep = [](Reactor& loop, absl::Duration time) -> Task<int> {
    const absl::Time until = absl::Now() + time;
    EXPECT_OK(co_await SleepUntil(loop, until));
    EXPECT_GE(absl::Now(), until);
    co_return 1;
  };
  EXPECT_THAT(
      BlockOn(*loop_, WithTimeout(hasty, sleep(hasty, absl::Milliseconds(5)),
                                  absl::Minutes(1))),
      IsOkAndHolds(1));
  const absl::Time deadline = absl::Now() + absl::Milliseconds(5);
  EXPECT_THAT(BlockOn(*loop_, WithDeadline(hasty, sleep(*loop_, absl::Hours(1)),
                                           deadline)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now(), deadline);
}

#ifdef ABSL_HAVE_EXCEPTIONS
// One that cannot be begun is not found out only when the others have ended.
TEST_P(LifetimeTest, WithoutMemoryForAllWhenAllWaitsForNone) {
  const auto both = [](Gate& gate) -> Task<absl::Status> {
    co_return (co_await WhenAll(Wait(gate), Wait(gate))).status();
  };
  const auto many = [](std::vector<Task<>> tasks) -> Task<absl::Status> {
    co_return (co_await WhenAll(std::move(tasks))).status();
  };
  for (const bool is_vector : {false, true}) {
    bool failed = true;
    for (std::uint64_t successes = 0; failed; ++successes) {
      SCOPED_TRACE(successes);
      Gate never;
      std::vector<Task<>> tasks;
      tasks.push_back(Wait(never));
      tasks.push_back(Wait(never));
      const Spawned spawned =
          Spawn(*loop_, is_vector ? many(std::move(tasks)) : both(never));
      {
        const ScopedAllocationFailure failure(
            successes, ScopedAllocationFailure::How::kFromThenOn);
        loop_->RunOnce(absl::InfinitePast());
        failed = failure.happened();
      }
      EXPECT_EQ(spawned.done(), failed);
      if (failed) {
        EXPECT_THAT(spawned.status(),
                    StatusIs(absl::StatusCode::kResourceExhausted));
      }
    }
  }
}
#endif

}  // namespace
}  // namespace ipc_channel::coro
