#include "ipc_channel/channel/coro/async_sender.h"

#include <memory>
#include <optional>
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
#include "ipc_channel/channel/coro/async_test.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::coro {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;

constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

// A value that owns what only one can have.
struct Parcel {
  std::string text;
  Receiver<int> numbers;
};

Task<> SendOne(AsyncSender<std::string>& sender, std::string value,
               std::vector<absl::Status>& results) {
  results.push_back(co_await sender.Send(value));
}

class AsyncSenderTest : public AsyncTest {
 protected:
  void SetUp() override {
    ends_ = NewSmallChannel<std::string>();
    sender_ = Async(ends_.sender);
  }
  void TearDown() override {
    sender_ = AsyncSender<std::string>();
    ends_ = {};
  }

  // Receives all there is.
  std::vector<std::string> TakeAll() {
    std::vector<std::string> values;
    while (true) {
      const auto value = ends_.receiver.TryRecv();
      if (!value.ok() || !value->has_value()) return values;
      values.push_back(**value);
    }
  }

  ChannelEnds<std::string> ends_;
  AsyncSender<std::string> sender_;
  std::vector<absl::Status> results_;
};

INSTANTIATE_TEST_SUITE_P(Worlds, AsyncSenderTest, AllAsyncWorlds(),
                         NameOfWorld);

TEST_P(AsyncSenderTest, SendsAtOnceWhereThereIsRoom) {
  TaskGroup group;
  group.Spawn(SendOne(sender_, "a", results_));
  EXPECT_THAT(results_, ElementsAre(absl::OkStatus()));
  EXPECT_THAT(TakeAll(), ElementsAre("a"));
}

TEST_P(AsyncSenderTest, WaitsForRoomAndSendsOnce) {
  const int queued = FillUp<std::string>(ends_.sender, "x");
  TaskGroup group;
  group.Spawn(SendOne(sender_, "last", results_));
  RunWhatThereIs();
  EXPECT_TRUE(results_.empty());
  ASSERT_OK(ends_.receiver.Recv());
  ASSERT_TRUE(RunUntil([&] { return !results_.empty(); }));
  EXPECT_THAT(results_, ElementsAre(absl::OkStatus()));
  std::vector<std::string> rest = TakeAll();
  EXPECT_EQ(rest.size(), static_cast<std::size_t>(queued));
  EXPECT_EQ(rest.back(), "last");
}

TEST_P(AsyncSenderTest, AllArriveInOrderThoughTheReceiverIsSlow) {
  constexpr int kMessages = 300;
  std::thread receiving([this] {
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_THAT(ends_.receiver.RecvFor(absl::Minutes(1)),
                  IsOkAndHolds(std::to_string(i)));
    }
  });
  const auto send = [](AsyncSender<std::string>& to) -> Task<> {
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_OK(co_await to.Send(std::to_string(i)));
    }
  };
  EXPECT_OK(BlockOn(*loop_, send(sender_)));
  receiving.join();
}

TEST_P(AsyncSenderTest, ADeadlinePassesAndNothingIsSent) {
  const int queued = FillUp<std::string>(ends_.sender, "x");
  const auto send = [](AsyncSender<std::string>& to) -> Task<> {
    const absl::Time deadline = absl::Now() + absl::Milliseconds(30);
    EXPECT_THAT(co_await to.SendUntil("a", deadline),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    EXPECT_GE(absl::Now(), deadline);
    const std::string value = "b";
    EXPECT_THAT(co_await to.SendFor(value, absl::ZeroDuration()),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  };
  EXPECT_OK(BlockOn(*loop_, send(sender_)));
  EXPECT_EQ(TakeAll().size(), static_cast<std::size_t>(queued));
}

TEST_P(AsyncSenderTest, AReceiverThatGoesAwayEndsTheWaiting) {
  FillUp<std::string>(ends_.sender, "x");
  TaskGroup group;
  group.Spawn(SendOne(sender_, "late", results_));
  RunWhatThereIs();
  ends_.receiver = Receiver<std::string>();
  ASSERT_TRUE(RunUntil([&] { return !results_.empty(); }));
  EXPECT_TRUE(IsDisconnected(results_.front()));
}

TEST_P(AsyncSenderTest, OneCoroutineSendsAtATimeAndCopiesHaveTheirOwn) {
  FillUp<std::string>(ends_.sender, "x");
  AsyncSender<std::string> copy = Async(ends_.sender);
  std::vector<absl::Status> refused;
  TaskGroup group;
  group.Spawn(SendOne(sender_, "a", results_));
  group.Spawn(SendOne(copy, "b", results_));
  group.Spawn(SendOne(sender_, "c", refused));
  EXPECT_THAT(refused, ElementsAre(StatusIs(kPrecondition)));
  ASSERT_TRUE(RunUntil([&] {
    TakeAll();
    return results_.size() == 2;
  }));
  EXPECT_THAT(results_, ElementsAre(absl::OkStatus(), absl::OkStatus()));
}

TEST_P(AsyncSenderTest, ADestroyedCoroutineHasSentNothing) {
  const int queued = FillUp<std::string>(ends_.sender, "x");
  {
    TaskGroup waiting;
    waiting.Spawn(SendOne(sender_, "never", results_));
    RunWhatThereIs();
  }
  {
    TaskGroup ready;
    ready.Spawn(SendOne(sender_, "never", results_));
    ASSERT_OK(ends_.receiver.Recv());
  }
  RunWhatThereIs();
  EXPECT_TRUE(results_.empty());
  EXPECT_EQ(TakeAll().size(), static_cast<std::size_t>(queued - 1));
  TaskGroup group;
  group.Spawn(SendOne(sender_, "next", results_));
  EXPECT_THAT(TakeAll(), ElementsAre("next"));
}

TEST_P(AsyncSenderTest, DestroyingItResumesWhoWaitsWithCancelled) {
  const int queued = FillUp<std::string>(ends_.sender, "x");
  TaskGroup group;
  group.Spawn(SendOne(sender_, "never", results_));
  ends_.sender = {};
  sender_ = AsyncSender<std::string>();
  EXPECT_TRUE(results_.empty());
  ASSERT_TRUE(RunUntil([&] { return !results_.empty(); }));
  EXPECT_THAT(results_, ElementsAre(StatusIs(absl::StatusCode::kCancelled)));
  EXPECT_EQ(TakeAll().size(), static_cast<std::size_t>(queued));
  EXPECT_TRUE(IsDisconnected(ends_.receiver.Recv().status()));
}

TEST_P(AsyncSenderTest, ItAndWhoWaitsMayBeDestroyedInEitherOrder) {
  FillUp<std::string>(ends_.sender, "x");
  for (const bool coroutine_first : {true, false}) {
    sender_ = Async(ends_.sender);
    std::optional<TaskGroup> group(std::in_place);
    group->Spawn(SendOne(sender_, "never", results_));
    if (coroutine_first) group.reset();
    sender_ = AsyncSender<std::string>();
    group.reset();
    RunWhatThereIs();
    EXPECT_TRUE(results_.empty());
  }
}

TEST_P(AsyncSenderTest, AnEmptyOneSaysSo) {
  AsyncSender<std::string> empty;
  TaskGroup group;
  group.Spawn(SendOne(empty, "a", results_));
  EXPECT_THAT(results_, ElementsAre(StatusIs(kPrecondition)));
  EXPECT_THAT(AsyncSender<int>::Create(*loop_, Sender<int>()),
              StatusIs(kPrecondition));
}

TEST_P(AsyncSenderTest, WhatIsMovedLosesItsHandlesOnlyOnceItIsSent) {
  ChannelEnds<Parcel> parcels = NewSmallChannel<Parcel>();
  AsyncSender<Parcel> sender = Async(parcels.sender);
  int queued = 0;
  while (parcels.sender.TrySend(Parcel{"x", NewChannel<int>().receiver}).ok()) {
    ++queued;
  }
  ChannelEnds<int> numbers = NewChannel<int>();
  ASSERT_OK(numbers.sender.Send(7));
  Parcel parcel{"with numbers", std::move(numbers.receiver)};
  const auto send = [](AsyncSender<Parcel>& to, Parcel& what,
                       absl::Time until) -> Task<absl::Status> {
    co_return co_await to.SendUntil(std::move(what), until);
  };
  EXPECT_THAT(BlockOn(*loop_, send(sender, parcel, absl::Now())),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(parcel.numbers.valid());
  for (int i = 0; i < queued; ++i) ASSERT_OK(parcels.receiver.Recv());
  EXPECT_OK(BlockOn(*loop_, send(sender, parcel, InAMinute())));
  EXPECT_FALSE(parcel.numbers.valid());
  ASSERT_OK_AND_ASSIGN(Parcel arrived, parcels.receiver.Recv());
  EXPECT_EQ(arrived.text, "with numbers");
  EXPECT_THAT(arrived.numbers.Recv(), IsOkAndHolds(7));
}

TEST_P(AsyncSenderTest, SendsViewsAndBytes) {
  ChannelEnds<Bytes> bytes = NewChannel<Bytes>();
  AsyncBytesSender to = Async(bytes.sender);
  const auto send = [](AsyncSender<std::string>& texts,
                       AsyncBytesSender& raw) -> Task<> {
    EXPECT_OK(co_await texts.SendRef(std::string_view("view")));
    EXPECT_OK(
        co_await texts.SendRefFor(std::string_view("timed"), absl::Minutes(1)));
    EXPECT_OK(co_await raw.Send("text"));
    EXPECT_OK(co_await raw.SendFor("timed", absl::Minutes(1)));
  };
  EXPECT_OK(BlockOn(*loop_, send(sender_, to)));
  EXPECT_THAT(TakeAll(), ElementsAre("view", "timed"));
  EXPECT_EQ(bytes.receiver.Recv()->text(), "text");
  EXPECT_EQ(bytes.receiver.Recv()->text(), "timed");
}

TEST_P(AsyncSenderTest, AReceiverThatKeepsUpKeepsNobodyElseOut) {
  bool is_over = false;
  TaskGroup group;
  group.Spawn([](Reactor& loop, bool& over) -> Task<> {
    EXPECT_OK(co_await SleepFor(loop, absl::Milliseconds(1)));
    over = true;
  }(*loop_, is_over));
  group.Spawn([](AsyncSender<std::string>& to, Receiver<std::string>& from,
                 bool& over) -> Task<> {
    while (!over) {
      EXPECT_OK(co_await to.Send("again"));
      EXPECT_OK(from.Recv());
    }
  }(sender_, ends_.receiver, is_over));
  ASSERT_TRUE(RunUntil([&] { return group.size() == 0; }));
}

}  // namespace
}  // namespace ipc_channel::coro
