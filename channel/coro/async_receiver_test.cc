#include "ipc_channel/channel/coro/async_receiver.h"

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
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
#include "ipc_channel/channel/coro/async_test.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::coro {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;

constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

// Receives until an error, which it gives.
Task<absl::Status> ReceiveAll(AsyncReceiver<int>& receiver,
                              std::vector<int>& values) {
  while (true) {
    const absl::StatusOr<int> value = co_await receiver.Recv();
    if (!value.ok()) co_return value.status();
    values.push_back(*value);
  }
}

Task<absl::StatusOr<int>> ReceiveOne(AsyncReceiver<int>& receiver) {
  co_return co_await receiver.Recv();
}

// The same, and counts its return.
Task<> ReceiveOneInto(AsyncReceiver<int>& receiver,
                      std::vector<absl::StatusOr<int>>& results) {
  results.push_back(co_await receiver.Recv());
}

class AsyncReceiverTest : public AsyncTest {};

INSTANTIATE_TEST_SUITE_P(Worlds, AsyncReceiverTest, AllAsyncWorlds(),
                         NameOfWorld);

TEST_P(AsyncReceiverTest, ReceivesWhatIsThereAndWhatComesUntilTheEnd) {
  ChannelEnds<int> ends = NewChannel<int>();
  ASSERT_OK(ends.sender.Send(1));
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  std::vector<int> values;
  std::thread sending([sender = std::move(ends.sender)]() mutable {
    for (int i = 2; i <= 500; ++i) EXPECT_OK(sender.Send(i));
  });
  const absl::Status end = BlockOn(*loop_, ReceiveAll(receiver, values));
  sending.join();
  EXPECT_TRUE(IsDisconnected(end)) << end;
  ASSERT_EQ(values.size(), 500u);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(values[i], i + 1);
  EXPECT_TRUE(IsDisconnected(BlockOn(*loop_, ReceiveOne(receiver)).status()));
}

// One of many, and then nothing but the loop: what is left is still shown.
TEST_P(AsyncReceiverTest, GoesOnAfterOneOfManyWasTaken) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  for (int i = 0; i < 3; ++i) ASSERT_OK(ends.sender.Send(i));
  RunWhatThereIs();
  EXPECT_THAT(BlockOn(*loop_, ReceiveOne(receiver)), IsOkAndHolds(0));
  RunWhatThereIs();
  EXPECT_THAT(BlockOn(*loop_, ReceiveOne(receiver)), IsOkAndHolds(1));
  ASSERT_OK_AND_ASSIGN(Receiver<int> plain, std::move(receiver).Release());
  EXPECT_THAT(plain.TryRecv(), IsOkAndHolds(std::optional<int>(2)));
  EXPECT_FALSE(receiver.valid());
}

TEST_P(AsyncReceiverTest, AWaitingCoroutineIsResumedOnceByTheLoop) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  std::vector<absl::StatusOr<int>> results;
  TaskGroup group;
  group.Spawn(ReceiveOneInto(receiver, results));
  RunWhatThereIs();
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_TRUE(results.empty());  // not by the send
  ASSERT_TRUE(RunUntil([&] { return !results.empty(); }));
  EXPECT_THAT(results, ElementsAre(IsOkAndHolds(1)));
  ASSERT_OK(ends.sender.Send(2));
  RunWhatThereIs();
  EXPECT_EQ(results.size(), 1u);
  EXPECT_EQ(group.size(), 0u);
  EXPECT_THAT(BlockOn(*loop_, ReceiveOne(receiver)), IsOkAndHolds(2));
}

TEST_P(AsyncReceiverTest, EachMessageResumesOnceWhileManyThreadsSend) {
  constexpr int kThreads = 4;
  constexpr int kMessages = 1'000;
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([sender = ends.sender] {
      for (int i = 0; i < kMessages; ++i) EXPECT_OK(sender.Send(i));
    });
  }
  ends.sender = {};
  std::vector<int> values;
  EXPECT_TRUE(IsDisconnected(BlockOn(*loop_, ReceiveAll(receiver, values))));
  for (std::thread& thread : threads) thread.join();
  std::vector<int> counts(kMessages);
  for (const int value : values) ++counts[value];
  EXPECT_THAT(counts, ::testing::Each(kThreads));
}

TEST_P(AsyncReceiverTest, ADeadlinePassesAndTheChannelGoesOn) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  const auto receive = [](AsyncReceiver<int>& from, Sender<int>& to) -> Task<> {
    const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
    EXPECT_THAT(co_await from.RecvUntil(deadline),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    EXPECT_GE(absl::Now(), deadline);
    EXPECT_THAT(co_await from.RecvFor(absl::ZeroDuration()),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    EXPECT_OK(to.Send(1));
    EXPECT_OK(to.Send(2));
    EXPECT_THAT(co_await from.RecvUntil(absl::InfinitePast()), IsOkAndHolds(1));
    EXPECT_THAT(co_await from.RecvUntil(InAMinute()), IsOkAndHolds(2));
  };
  EXPECT_OK(BlockOn(*loop_, receive(receiver, ends.sender)));
}

TEST_P(AsyncReceiverTest, ATimedWaitEndsByAMessage) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  std::thread sending([&] { EXPECT_OK(ends.sender.Send(1)); });
  EXPECT_THAT(
      BlockOn(*loop_,
              [](AsyncReceiver<int>& from) -> Task<absl::StatusOr<int>> {
                co_return co_await from.RecvFor(absl::Minutes(1));
              }(receiver)),
      IsOkAndHolds(1));
  sending.join();
}

TEST_P(AsyncReceiverTest, AMalformedMessageIsAnErrorOfOneReceive) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  ASSERT_OK(ends.sender.Send(1));
  const BytesSender liar(ends.sender.raw());
  ASSERT_OK(liar.Send("no int"));
  ASSERT_OK(ends.sender.Send(2));
  for (const bool waits : {false, true}) {
    SCOPED_TRACE(waits);
    std::vector<absl::StatusOr<int>> results;
    TaskGroup group;
    for (int i = 0; i < 3; ++i) {
      if (waits) {
        group.Spawn(ReceiveOneInto(receiver, results));
        RunWhatThereIs();
        if (i == 1) {
          ASSERT_OK(liar.Send("no int"));
        } else {
          ASSERT_OK(ends.sender.Send(i / 2 + 1));
        }
        ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
      } else {
        results.push_back(BlockOn(*loop_, ReceiveOne(receiver)));
      }
    }
    EXPECT_THAT(results, ElementsAre(IsOkAndHolds(1),
                                     StatusIs(absl::StatusCode::kDataLoss),
                                     IsOkAndHolds(2)));
  }
}

TEST_P(AsyncReceiverTest, OneCoroutineReceivesAtATime) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  std::vector<absl::StatusOr<int>> results;
  std::vector<absl::StatusOr<int>> refused;
  TaskGroup group;
  group.Spawn(ReceiveOneInto(receiver, results));
  group.Spawn(ReceiveOneInto(receiver, refused));
  EXPECT_THAT(refused, ElementsAre(StatusIs(kPrecondition)));
  EXPECT_THAT(std::move(receiver).Release(), StatusIs(kPrecondition));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_TRUE(RunUntil([&] { return !results.empty(); }));
  EXPECT_THAT(results, ElementsAre(IsOkAndHolds(1)));
}

TEST_P(AsyncReceiverTest, ADestroyedCoroutineTakesNoMessageWithIt) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  std::vector<absl::StatusOr<int>> results;
  { const Task<> not_begun = ReceiveOneInto(receiver, results); }
  {
    TaskGroup waiting;
    waiting.Spawn(ReceiveOneInto(receiver, results));
    RunWhatThereIs();
  }
  {
    TaskGroup ready;
    ready.Spawn(ReceiveOneInto(receiver, results));
    ASSERT_OK(ends.sender.Send(1));
  }
  RunWhatThereIs();
  EXPECT_TRUE(results.empty());
  EXPECT_THAT(BlockOn(*loop_, ReceiveOne(receiver)), IsOkAndHolds(1));
}

// Both are ready in one turn of the loop, and whoever is called first destroys
// the other, which is about to be called.
TEST_P(AsyncReceiverTest, ACoroutineThatIsAboutToBeResumedMayBeDestroyed) {
  struct Pair {
    AsyncReceiver<int> receiver;
    Spawned task;
  };
  ChannelEnds<int> ends[2] = {NewChannel<int>(), NewChannel<int>()};
  Pair pairs[2];
  int received = 0;
  for (const int i : {0, 1}) {
    pairs[i].receiver = Async(std::move(ends[i].receiver));
    pairs[i].task = Spawn(
        *loop_, [](AsyncReceiver<int>& own, Pair& other, int& count) -> Task<> {
          EXPECT_OK(co_await own.Recv());
          ++count;
          other.task = Spawned();
        }(pairs[i].receiver, pairs[1 - i], received));
  }
  RunWhatThereIs();
  for (const int i : {0, 1}) ASSERT_OK(ends[i].sender.Send(i));
  ASSERT_TRUE(RunUntil([&] { return received > 0; }));
  RunWhatThereIs();
  EXPECT_EQ(received, 1);
  int left = 0;
  for (Pair& pair : pairs) {
    ASSERT_OK_AND_ASSIGN(Receiver<int> plain,
                         std::move(pair.receiver).Release());
    if (plain.TryRecv().value().has_value()) ++left;
  }
  EXPECT_EQ(left, 1);
}

TEST_P(AsyncReceiverTest, DestroyingItTellsTheSender) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  ASSERT_OK(ends.sender.Send(1));
  receiver = AsyncReceiver<int>();
  EXPECT_TRUE(IsDisconnected(ends.sender.Send(2)));
}

TEST_P(AsyncReceiverTest, DestroyingItResumesWhoWaitsWithCancelled) {
  for (const bool has_message : {false, true}) {
    ChannelEnds<int> ends = NewChannel<int>();
    AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
    std::vector<absl::StatusOr<int>> results;
    TaskGroup group;
    group.Spawn(ReceiveOneInto(receiver, results));
    if (has_message) {
      ASSERT_OK(ends.sender.Send(1));
    }
    receiver = AsyncReceiver<int>();
    EXPECT_TRUE(results.empty());  // by the loop, not in the destructor
    RunWhatThereIs();
    EXPECT_THAT(results, ElementsAre(StatusIs(absl::StatusCode::kCancelled)));
    EXPECT_TRUE(IsDisconnected(ends.sender.Send(2)));
  }
}

TEST_P(AsyncReceiverTest, ItAndWhoWaitsMayBeDestroyedInEitherOrder) {
  for (const bool coroutine_first : {true, false}) {
    ChannelEnds<int> ends = NewChannel<int>();
    std::optional<AsyncReceiver<int>> receiver(Async(std::move(ends.receiver)));
    std::vector<absl::StatusOr<int>> results;
    std::optional<TaskGroup> group(std::in_place);
    group->Spawn(ReceiveOneInto(*receiver, results));
    if (coroutine_first) group.reset();
    receiver.reset();
    group.reset();
    EXPECT_TRUE(IsDisconnected(ends.sender.Send(1)));
    RunWhatThereIs();
    EXPECT_TRUE(results.empty());
  }
}

TEST_P(AsyncReceiverTest, MayBeMovedWhileACoroutineWaits) {
  ChannelEnds<int> ends = NewChannel<int>();
  auto receiver =
      std::make_unique<AsyncReceiver<int>>(Async(std::move(ends.receiver)));
  std::vector<absl::StatusOr<int>> results;
  TaskGroup group;
  group.Spawn(ReceiveOneInto(*receiver, results));
  const AsyncReceiver<int> moved = std::move(*receiver);
  receiver.reset();
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_TRUE(RunUntil([&] { return !results.empty(); }));
  EXPECT_THAT(results, ElementsAre(IsOkAndHolds(1)));
}

TEST_P(AsyncReceiverTest, AnEmptyOneSaysSo) {
  AsyncReceiver<int> empty;
  EXPECT_THAT(BlockOn(*loop_, ReceiveOne(empty)), StatusIs(kPrecondition));
  EXPECT_THAT(std::move(empty).Release(), StatusIs(kPrecondition));
  EXPECT_THAT(AsyncReceiver<int>::Create(*loop_, Receiver<int>()),
              StatusIs(kPrecondition));
}

TEST_P(AsyncReceiverTest, AFloodKeepsNobodyElseOut) {
  ChannelEnds<int> flood = NewChannel<int>();
  ChannelEnds<int> other = NewChannel<int>();
  AsyncReceiver<int> flooded = Async(std::move(flood.receiver));
  AsyncReceiver<int> quiet = Async(std::move(other.receiver));
  bool is_over = false;
  TaskGroup group;
  group.Spawn(
      [](Reactor& loop, AsyncReceiver<int>& from, bool& over) -> Task<> {
        EXPECT_OK(co_await from.Recv());
        EXPECT_OK(co_await SleepFor(loop, absl::Milliseconds(1)));
        over = true;
      }(*loop_, quiet, is_over));
  // Feeds itself, so that there is something all the time.
  group.Spawn(
      [](AsyncReceiver<int>& from, Sender<int>& to, bool& over) -> Task<> {
        while (!over) {
          EXPECT_OK(to.Send(1));
          EXPECT_OK(co_await from.Recv());
        }
      }(flooded, flood.sender, is_over));
  ASSERT_OK(other.sender.Send(1));
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
}

TEST_P(AsyncReceiverTest, ReceivesBytes) {
  ChannelEnds<Bytes> ends = NewChannel<Bytes>();
  AsyncBytesReceiver receiver = Async(std::move(ends.receiver));
  const auto receive = [](AsyncBytesReceiver& from, BytesSender& to) -> Task<> {
    EXPECT_OK(to.Send("one"));
    EXPECT_OK(to.Send("two"));
    const absl::StatusOr<Bytes> kept = co_await from.Recv();
    EXPECT_OK(kept);
    EXPECT_EQ(kept->text(), "one");
    Bytes reused;
    EXPECT_OK(co_await from.RecvInto(reused));
    EXPECT_EQ(reused.text(), "two");
    EXPECT_THAT(co_await from.RecvIntoFor(reused, absl::Milliseconds(1)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    EXPECT_EQ(reused.size(), 0u);
    to = {};
    EXPECT_TRUE(IsDisconnected(co_await from.RecvInto(reused)));
  };
  EXPECT_OK(BlockOn(*loop_, receive(receiver, ends.sender)));
}

TEST_P(AsyncReceiverTest, AThousandCoroutinesOnAThousandChannels) {
  constexpr int kChannels = 1'000;
  std::vector<ChannelEnds<int>> channels;
  std::vector<AsyncReceiver<int>> receivers;
  receivers.reserve(kChannels);
  std::vector<int> sums(kChannels);
  TaskGroup group;
  for (int i = 0; i < kChannels; ++i) {
    channels.push_back(NewChannel<int>({.capacity = {{.messages = 4}}}));
    receivers.push_back(Async(std::move(channels[i].receiver)));
    group.Spawn([](AsyncReceiver<int>& from, int& sum) -> Task<> {
      while (true) {
        const absl::StatusOr<int> value = co_await from.Recv();
        if (!value.ok()) co_return;
        sum += *value;
      }
    }(receivers[i], sums[i]));
  }
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < kChannels; ++i) {
      ASSERT_OK(channels[i].sender.Send(round));
    }
    RunWhatThereIs();
  }
  channels.clear();
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
  EXPECT_THAT(sums, ::testing::Each(6));
}

// A coroutine of another library, in ten lines.
struct ForeignTask {
  struct promise_type {
    ForeignTask get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

TEST_P(AsyncReceiverTest, CanBeAwaitedInTheTaskOfAStranger) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  int sum = 0;
  [](AsyncReceiver<int>& from, int& total) -> ForeignTask {
    for (int i = 0; i < 2; ++i) total += (co_await from.Recv()).value();
  }(receiver, sum);
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_OK(ends.sender.Send(20));
  EXPECT_TRUE(RunUntil([&] { return sum == 21; }));
}

}  // namespace
}  // namespace ipc_channel::coro
