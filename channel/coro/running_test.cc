// Tasks that run beside each other, by themselves, until a time, and
// generators.

#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/coro/async_test.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::coro {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

// Is destroyed with what it is in.
std::shared_ptr<int> Held() { return std::make_shared<int>(1); }

class RunningTest : public AsyncTest {
 public:
  // Gives `value` after `delay`.
  Task<int> Later(int value, absl::Duration delay) {
    EXPECT_OK(co_await SleepFor(*loop_, delay));
    co_return value;
  }
  Task<> Push(std::vector<int>& values, int value, absl::Duration delay) {
    return PushAt(values, value, absl::Now() + delay);
  }
  Task<> PushAt(std::vector<int>& values, int value, absl::Time time) {
    EXPECT_OK(co_await SleepUntil(*loop_, time));
    values.push_back(value);
  }
  // Never ends, and holds something.
  Task<int> Forever(std::shared_ptr<int> held) {
    EXPECT_OK(co_await SleepUntil(*loop_, absl::InfiniteFuture()));
    co_return *held;
  }
  Task<absl::Status> Keep(std::shared_ptr<int> held) {
    static_cast<void>(co_await Forever(held));
    co_return absl::OkStatus();
  }
};

INSTANTIATE_TEST_SUITE_P(Worlds, RunningTest, AllAsyncWorlds(), NameOfWorld);

TEST_P(RunningTest, SleepersWakeInTheOrderOfTheirTimes) {
  std::vector<int> values;
  TaskGroup group;
  const absl::Time start = absl::Now();
  group.Spawn(PushAt(values, 3, start + absl::Milliseconds(30)));
  group.Spawn(PushAt(values, 1, start));
  group.Spawn(PushAt(values, 2, start + absl::Milliseconds(10)));
  EXPECT_TRUE(values.empty());
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
  EXPECT_GE(absl::Now(), start + absl::Milliseconds(30));
  EXPECT_THAT(values, ElementsAre(1, 2, 3));
}

TEST_P(RunningTest, YieldingLetsOthersGoFirst) {
  std::vector<int> values;
  TaskGroup group;
  const auto count = [](Reactor& loop, std::vector<int>& into,
                        int from) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      into.push_back(from + i);
      EXPECT_OK(co_await Yield(loop));
    }
  };
  group.Spawn(count(*loop_, values, 0));
  group.Spawn(count(*loop_, values, 10));
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
  EXPECT_THAT(values, ElementsAre(0, 10, 1, 11, 2, 12));
}

TEST_P(RunningTest, SpawnBeginsInTheLoopAndSaysHowItEnded) {
  std::vector<int> values;
  const Spawned ok = Spawn(*loop_, Push(values, 1, absl::ZeroDuration()));
  const Spawned bad = Spawn(*loop_, []() -> Task<absl::Status> {
    co_return absl::DataLossError("lost");
  }());
  EXPECT_FALSE(bad.done());
  EXPECT_OK(bad.status());
  ASSERT_TRUE(RunUntil([&] { return ok.done() && bad.done(); }));
  EXPECT_OK(ok.status());
  EXPECT_THAT(bad.status(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(values, ElementsAre(1));
}

TEST_P(RunningTest, ASpawnedTaskIsDestroyedWithItsHandle) {
  const auto held = Held();
  { const Spawned not_begun = Spawn(*loop_, Keep(held)); }
  EXPECT_EQ(held.use_count(), 1);
  {
    const Spawned waiting = Spawn(*loop_, Keep(held));
    RunWhatThereIs();
    EXPECT_GT(held.use_count(), 1);
  }
  EXPECT_EQ(held.use_count(), 1);
  RunWhatThereIs();
}

TEST_P(RunningTest, ADetachedTaskRunsOnAndIsFreed) {
  std::vector<int> values;
  const auto held = Held();
  for (const bool has_begun : {false, true}) {
    Spawned spawned =
        Spawn(*loop_,
              [](RunningTest& test, std::vector<int>& into,
                 std::shared_ptr<int>) -> Task<> {
                co_await test.Push(into, 1, absl::Milliseconds(1));
              }(*this, values, held));
    if (has_begun) RunWhatThereIs();
    std::move(spawned).Detach();
    EXPECT_TRUE(spawned.done());
  }
  ASSERT_TRUE(RunUntil([&] { return values.size() == 2; }));
  EXPECT_EQ(held.use_count(), 1);
  Spawned ended = Spawn(*loop_, Push(values, 3, absl::ZeroDuration()));
  ASSERT_TRUE(RunUntil([&] { return ended.done(); }));
  std::move(ended).Detach();
}

TEST_P(RunningTest, AGroupJoinsAllAndGivesTheFirstError) {
  std::vector<int> values;
  const auto join = [](RunningTest& test,
                       std::vector<int>& into) -> Task<absl::Status> {
    TaskGroup group;
    group.Spawn(test.Push(into, 1, absl::Milliseconds(2)));
    group.Spawn([](RunningTest& of) -> Task<absl::Status> {
      co_await of.Later(0, absl::Milliseconds(1));
      co_return absl::DataLossError("lost");
    }(test));
    EXPECT_THAT(co_await group.Join(), StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_EQ(group.size(), 0u);
    group.Spawn(test.Push(into, 2, absl::ZeroDuration()));
    co_return co_await group.Join();
  };
  EXPECT_OK(BlockOn(*loop_, join(*this, values)));
  EXPECT_THAT(values, ElementsAre(1, 2));
}

TEST_P(RunningTest, AGroupDestroysWhatHasNotEnded) {
  const auto held = Held();
  {
    TaskGroup group;
    for (int i = 0; i < 3; ++i) group.Spawn(Keep(held));
    EXPECT_EQ(group.size(), 3u);
  }
  EXPECT_EQ(held.use_count(), 1);
  RunWhatThereIs();
}

TEST_P(RunningTest, OneCoroutineJoinsAGroupAtATimeAndMayBeDestroyed) {
  TaskGroup group;
  group.Spawn(Keep(Held()));
  const auto join = [](TaskGroup& joined,
                       std::vector<absl::Status>& into) -> Task<> {
    into.push_back(co_await joined.Join());
  };
  std::vector<absl::Status> results;
  {
    TaskGroup joiners;
    joiners.Spawn(join(group, results));
    joiners.Spawn(join(group, results));
    EXPECT_THAT(results,
                ElementsAre(StatusIs(absl::StatusCode::kFailedPrecondition)));
  }
  TaskGroup joiners;
  joiners.Spawn(join(group, results));
  EXPECT_EQ(results.size(), 1u);
}

TEST_P(RunningTest, WhenAllRunsThemBesideEachOtherAndKeepsTheirOrder) {
  const auto all = [](RunningTest& test) -> Task<> {
    const absl::Time start = absl::Now();
    std::vector<int> pushed;
    auto some = co_await WhenAll(
        test.Later(1, absl::Milliseconds(30)),
        []() -> Task<std::unique_ptr<int>> {
          co_return std::make_unique<int>(2);
        }(),
        test.Push(pushed, 3, absl::ZeroDuration()));
    EXPECT_OK(some);
    EXPECT_GE(absl::Now(), start + absl::Milliseconds(30));
    EXPECT_EQ(std::get<0>(*some), 1);
    EXPECT_EQ(*std::get<1>(*some), 2);
    EXPECT_THAT(pushed, ElementsAre(3));
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) {
      tasks.push_back(test.Later(i, absl::Milliseconds(5 - i)));
    }
    EXPECT_THAT(co_await WhenAll(std::move(tasks)),
                IsOkAndHolds(ElementsAre(0, 1, 2, 3, 4)));
    EXPECT_OK(co_await WhenAll(std::vector<Task<>>()));
  };
  EXPECT_OK(BlockOn(*loop_, all(*this)));
}

TEST_P(RunningTest, WhenAllIsDestroyedWithAllThatRunsInIt) {
  const auto held = Held();
  {
    TaskGroup group;
    group.Spawn([](RunningTest& test, std::shared_ptr<int> kept) -> Task<> {
      EXPECT_OK(co_await WhenAll(test.Forever(kept), test.Forever(kept)));
    }(*this, held));
    EXPECT_GT(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(RunningTest, ATaskThatIsInTimeGivesWhatItGives) {
  const auto run = [](RunningTest& test) -> Task<> {
    Reactor& loop = *test.loop_;
    EXPECT_THAT(co_await WithTimeout(loop, test.Later(7, absl::Milliseconds(1)),
                                     absl::Minutes(1)),
                IsOkAndHolds(7));
    EXPECT_THAT(co_await WithTimeout(
                    loop,
                    []() -> Task<absl::StatusOr<int>> {
                      co_return absl::DataLossError("lost");
                    }(),
                    -absl::Seconds(1)),
                StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_OK(co_await WithDeadline(
        loop, []() -> Task<> { co_return; }(), absl::InfinitePast()));
  };
  EXPECT_OK(BlockOn(*loop_, run(*this)));
}

TEST_P(RunningTest, ATaskThatIsLateIsDestroyedWithItsChannels) {
  ChannelEnds<int> ends = NewChannel<int>();
  const auto receive =
      [](AsyncReceiver<int> from) -> Task<absl::StatusOr<int>> {
    co_return co_await from.Recv();
  };
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  EXPECT_THAT(
      BlockOn(*loop_,
              WithDeadline(*loop_, receive(Async(std::move(ends.receiver))),
                           deadline)),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now(), deadline);
  EXPECT_TRUE(IsDisconnected(ends.sender.Send(1)));
}

TEST_P(RunningTest, ATimedTaskCanBeDestroyedBeforeEither) {
  const auto held = Held();
  {
    TaskGroup group;
    group.Spawn([](RunningTest& test, std::shared_ptr<int> kept) -> Task<> {
      EXPECT_OK(co_await WithTimeout(*test.loop_, test.Forever(kept),
                                     absl::Milliseconds(1)));
    }(*this, held));
  }
  EXPECT_EQ(held.use_count(), 1);
  absl::SleepFor(absl::Milliseconds(2));
  RunWhatThereIs();
}

Generator<int> CountTo(int last, Reactor& loop) {
  for (int i = 1; i <= last; ++i) {
    if (i % 2 == 0) {
      EXPECT_OK(co_await Yield(loop));
    }
    co_yield i;
  }
}

TEST_P(RunningTest, AGeneratorGivesOneAfterAnotherAndItsEnd) {
  const auto use = [](Reactor& loop) -> Task<std::vector<int>> {
    Generator<int> numbers = CountTo(5, loop);
    std::vector<int> got;
    while (const std::optional<int> number = co_await numbers.Next()) {
      got.push_back(*number);
    }
    EXPECT_EQ(co_await numbers.Next(), std::nullopt);
    EXPECT_EQ(co_await Generator<int>().Next(), std::nullopt);
    co_return got;
  };
  EXPECT_THAT(BlockOn(*loop_, use(*loop_)),
              IsOkAndHolds(ElementsAre(1, 2, 3, 4, 5)));
}

TEST_P(RunningTest, AMillionValuesThatAreThereTakeNoStack) {
  const auto count = []() -> Generator<int> {
    for (int i = 0; i < 1'000'000; ++i) co_yield 1;
  };
  const auto use = [](Generator<int> ones) -> Task<int> {
    int sum = 0;
    while (const std::optional<int> one = co_await ones.Next()) sum += *one;
    co_return sum;
  };
  EXPECT_THAT(BlockOn(*loop_, use(count())), IsOkAndHolds(1'000'000));
}

TEST_P(RunningTest, AGeneratorIsDestroyedWhereverItStands) {
  const auto held = Held();
  const auto hold = [](std::shared_ptr<int> kept,
                       Reactor& loop) -> Generator<std::string> {
    co_yield std::string(100, 'x') + std::to_string(*kept);
    EXPECT_OK(co_await SleepUntil(loop, absl::InfiniteFuture()));
  };
  { const Generator<std::string> not_begun = hold(held, *loop_); }
  for (const int values : {1, 2}) {
    TaskGroup group;
    group.Spawn([](Generator<std::string> texts, int count) -> Task<> {
      for (int i = 0; i < count; ++i) {
        const std::optional<std::string> text = co_await texts.Next();
        EXPECT_EQ(text, std::string(100, 'x') + "1");
      }
    }(hold(held, *loop_), values));
  }
  EXPECT_EQ(held.use_count(), 1);
  RunWhatThereIs();
}

TEST_P(RunningTest, AStreamGivesAllValuesAndLossesUntilTheEnd) {
  ChannelEnds<int> ends = NewChannel<int>();
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_OK(BytesSender(ends.sender.raw()).Send("no int"));
  std::vector<absl::StatusOr<int>> got;
  TaskGroup group;
  group.Spawn([](Generator<absl::StatusOr<int>> values,
                 std::vector<absl::StatusOr<int>>& into) -> Task<> {
    while (std::optional<absl::StatusOr<int>> value = co_await values.Next()) {
      into.push_back(*std::move(value));
    }
  }(Stream(Async(std::move(ends.receiver))), got));
  RunWhatThereIs();
  EXPECT_EQ(got.size(), 2u);
  ASSERT_OK(ends.sender.Send(2));
  ASSERT_TRUE(RunUntil([&] { return got.size() == 3; }));
  RunWhatThereIs();
  EXPECT_EQ(group.size(), 1u);
  ends.sender = {};
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
  EXPECT_THAT(
      got, ElementsAre(IsOkAndHolds(1), StatusIs(absl::StatusCode::kDataLoss),
                       IsOkAndHolds(2)));
}

TEST_P(RunningTest, ADroppedStreamTellsTheSender) {
  ChannelEnds<int> ends = NewChannel<int>();
  {
    const auto stream = Stream(Async(std::move(ends.receiver)));
    ASSERT_OK(ends.sender.Send(1));
  }
  EXPECT_TRUE(IsDisconnected(ends.sender.Send(2)));
}

TEST_P(RunningTest, AnErrorThatStaysIsTheLastOfAStream) {
  const auto use = [](Generator<absl::StatusOr<int>> values) -> Task<> {
    const std::optional<absl::StatusOr<int>> first = co_await values.Next();
    EXPECT_TRUE(first.has_value());
    EXPECT_THAT(*first, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_FALSE((co_await values.Next()).has_value());
  };
  EXPECT_OK(BlockOn(*loop_, use(Stream(AsyncReceiver<int>()))));
}

#ifdef ABSL_HAVE_EXCEPTIONS
TEST_P(RunningTest, AnExceptionOfAGeneratorIsThrownToWhoeverAwaitsIt) {
  const auto use = []() -> Task<> {
    Generator<int> numbers = []() -> Generator<int> {
      co_yield 1;
      throw std::runtime_error("of the body");
    }();
    EXPECT_EQ(co_await numbers.Next(), 1);
    bool is_thrown = false;
    try {
      co_await numbers.Next();
    } catch (const std::runtime_error&) {
      is_thrown = true;
    }
    EXPECT_TRUE(is_thrown);
    EXPECT_EQ(co_await numbers.Next(), std::nullopt);
  };
  EXPECT_OK(BlockOn(*loop_, use()));
}

TEST_P(RunningTest, WantOfMemoryIsTheStatusOfWhateverRanTheTask) {
  const auto exhaust = []() -> Task<int> {
    throw std::bad_alloc();
    co_return 0;
  };
  const auto run = [](Reactor& loop, auto fail) -> Task<> {
    EXPECT_THAT(co_await WithTimeout(loop, fail(), absl::Minutes(1)),
                StatusIs(kExhausted));
    EXPECT_THAT(co_await WhenAll(fail(), fail()), StatusIs(kExhausted));
  };
  EXPECT_OK(BlockOn(*loop_, run(*loop_, exhaust)));
  EXPECT_THAT(BlockOn(*loop_, exhaust()), StatusIs(kExhausted));
  const Spawned spawned =
      Spawn(*loop_, [](auto fail) -> Task<> { co_await fail(); }(exhaust));
  ASSERT_TRUE(RunUntil([&] { return spawned.done(); }));
  EXPECT_THAT(spawned.status(), StatusIs(kExhausted));
}

TEST_P(RunningTest, WithoutMemoryTasksAreNotBegun) {
  const auto nothing = []() -> Task<> { co_return; };
  for (const int successes : {0, 1, 2}) {
    Task<> tasks[] = {nothing(), nothing(), nothing()};
    absl::Status blocked;
    Spawned spawned;
    TaskGroup group;
    {
      const ScopedAllocationFailure failure(
          0, ScopedAllocationFailure::How::kFromThenOn);
      blocked = BlockOn(*loop_, std::move(tasks[0]));
      group.Spawn(std::move(tasks[2]));
    }
    {
      const ScopedAllocationFailure failure(
          successes, ScopedAllocationFailure::How::kFromThenOn);
      spawned = Spawn(*loop_, std::move(tasks[1]));
    }
    EXPECT_THAT(blocked, StatusIs(kExhausted));
    EXPECT_TRUE(spawned.done());
    EXPECT_THAT(spawned.status(), StatusIs(kExhausted));
    EXPECT_THAT(BlockOn(*loop_,
                        [](TaskGroup& joined) -> Task<absl::Status> {
                          co_return co_await joined.Join();
                        }(group)),
                StatusIs(kExhausted));
  }
}
#endif

}  // namespace
}  // namespace ipc_channel::coro
