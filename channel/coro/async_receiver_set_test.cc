#include "ipc_channel/channel/coro/async_receiver_set.h"

#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/coro/async_test.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::coro {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;

class AsyncReceiverSetTest : public AsyncTest {
 protected:
  AsyncReceiverSet NewSet() { return AsyncReceiverSet::Create(*loop_).value(); }
};

INSTANTIATE_TEST_SUITE_P(Worlds, AsyncReceiverSetTest, AllAsyncWorlds(),
                         NameOfWorld);

// Until the set is empty.
Task<> SumAll(AsyncReceiverSet& set, int& sum, int& closed) {
  while (!set.empty()) {
    absl::StatusOr<std::span<ReceiverSet::Event>> events =
        co_await set.Select();
    EXPECT_OK(events);
    for (ReceiverSet::Event& event : *events) {
      if (IsDisconnected(event.status())) {
        ++closed;
      } else {
        sum += event.To<int>().value();
      }
    }
  }
}

TEST_P(AsyncReceiverSetTest, SelectsFromManyChannelsUntilTheirEnd) {
  constexpr int kChannels = 50;
  constexpr int kMessages = 20;
  AsyncReceiverSet set = NewSet();
  std::vector<Sender<int>> senders;
  for (int i = 0; i < kChannels; ++i) {
    ChannelEnds<int> ends = NewChannel<int>();
    ASSERT_OK(set.Add(std::move(ends.receiver)));
    senders.push_back(std::move(ends.sender));
  }
  std::thread sending([&] {
    for (int round = 0; round < kMessages; ++round) {
      for (const Sender<int>& sender : senders) EXPECT_OK(sender.Send(1));
    }
    senders.clear();
  });
  int sum = 0;
  int closed = 0;
  EXPECT_OK(BlockOn(*loop_, SumAll(set, sum, closed)));
  sending.join();
  EXPECT_EQ(sum, kChannels * kMessages);
  EXPECT_EQ(closed, kChannels);
}

TEST_P(AsyncReceiverSetTest, WhatIsAddedWhileItWaitsIsSeen) {
  AsyncReceiverSet set = NewSet();
  int sum = 0;
  TaskGroup group;
  group.Spawn([](AsyncReceiverSet& from, int& total) -> Task<> {
    for (int i = 0; i < 2; ++i) {
      const auto events = co_await from.Select();
      EXPECT_OK(events);
      total += events->front().To<int>().value();
    }
  }(set, sum));
  RunWhatThereIs();  // in an empty set
  ChannelEnds<int> quiet = NewChannel<int>();
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                       set.Add(std::move(quiet.receiver)));
  RunWhatThereIs();
  ChannelEnds<int> full = NewChannel<int>();
  ASSERT_OK(full.sender.Send(1));
  ASSERT_OK(set.Add(std::move(full.receiver)));
  ASSERT_TRUE(RunUntil([&] { return sum == 1; }));
  RunWhatThereIs();
  ASSERT_OK(quiet.sender.Send(20));
  ASSERT_TRUE(RunUntil([&] { return sum == 21; }));
  ASSERT_OK_AND_ASSIGN(Receiver<int> removed, set.Remove<int>(id));
  EXPECT_EQ(set.size(), 1u);
}

TEST_P(AsyncReceiverSetTest, DeadlinesAndOneSelectAtATime) {
  AsyncReceiverSet set = NewSet();
  ChannelEnds<int> ends = NewChannel<int>();
  ASSERT_OK(set.Add(std::move(ends.receiver)));
  const auto select = [](AsyncReceiverSet& from) -> Task<absl::Status> {
    co_return (co_await from.SelectFor(absl::Milliseconds(5))).status();
  };
  EXPECT_THAT(BlockOn(*loop_, select(set)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  std::vector<absl::Status> results;
  const auto select_into = [](AsyncReceiverSet& from,
                              std::vector<absl::Status>& into) -> Task<> {
    into.push_back((co_await from.Select()).status());
  };
  TaskGroup group;
  group.Spawn(select_into(set, results));
  group.Spawn(select_into(set, results));
  EXPECT_THAT(results,
              ElementsAre(StatusIs(absl::StatusCode::kFailedPrecondition)));
}

TEST_P(AsyncReceiverSetTest, DestroyingItCancelsWhoWaitsAndTellsSenders) {
  std::optional<AsyncReceiverSet> set(NewSet());
  ChannelEnds<int> ends = NewChannel<int>();
  ASSERT_OK(set->Add(std::move(ends.receiver)));
  absl::Status result;
  TaskGroup group;
  group.Spawn([](AsyncReceiverSet& from, absl::Status& status) -> Task<> {
    status = (co_await from.Select()).status();
  }(*set, result));
  set.reset();
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(IsDisconnected(ends.sender.Send(1)));
}

TEST_P(AsyncReceiverSetTest, ADestroyedCoroutineTakesNoEventWithIt) {
  AsyncReceiverSet set = NewSet();
  ChannelEnds<int> ends = NewChannel<int>();
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                       set.Add(std::move(ends.receiver)));
  int sum = 0;
  int closed = 0;
  {
    TaskGroup group;
    group.Spawn(SumAll(set, sum, closed));
    RunWhatThereIs();
    ASSERT_OK(ends.sender.Send(7));
  }
  RunWhatThereIs();
  EXPECT_EQ(sum, 0);
  ASSERT_OK_AND_ASSIGN(Receiver<int> receiver, set.Remove<int>(id));
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(7));
}

TEST_P(AsyncReceiverSetTest, ThousandsOfChannelsWithOneWatch) {
  constexpr int kChannels = 1'000;
  AsyncReceiverSet set = NewSet();
  std::vector<Sender<int>> senders;
  for (int i = 0; i < kChannels; ++i) {
    ChannelEnds<int> ends = NewChannel<int>({.capacity = {{.messages = 2}}});
    ASSERT_OK(set.Add(std::move(ends.receiver)));
    senders.push_back(std::move(ends.sender));
  }
  int sum = 0;
  int closed = 0;
  TaskGroup group;
  group.Spawn(SumAll(set, sum, closed));
  RunWhatThereIs();
  for (const Sender<int>& sender : senders) ASSERT_OK(sender.Send(1));
  ASSERT_TRUE(RunUntil([&] { return sum == kChannels; }));
  senders.clear();
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
  EXPECT_EQ(closed, kChannels);
}

}  // namespace
}  // namespace ipc_channel::coro
