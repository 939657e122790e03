#include "ipc_channel/channel/coro/select.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
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

constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

using Selected = absl::StatusOr<std::variant<
    absl::StatusOr<int>, absl::StatusOr<std::string>, absl::StatusOr<Bytes>>>;

class SelectTest : public AsyncTest {
 public:
  void SetUp() override {
    numbers_ = NewChannel<int>();
    texts_ = NewChannel<std::string>();
    bytes_ = NewChannel<Bytes>();
    number_ = Async(std::move(numbers_.receiver));
    text_ = Async(std::move(texts_.receiver));
    raw_ = Async(std::move(bytes_.receiver));
  }
  void TearDown() override {
    number_ = {};
    text_ = {};
    raw_ = {};
    numbers_ = {};
    texts_ = {};
    bytes_ = {};
  }

  Task<Selected> SelectOnce(absl::Time deadline = absl::InfiniteFuture()) {
    co_return co_await SelectUntil(deadline, number_, text_, raw_);
  }
  Task<> SelectInto(std::optional<Selected>& result) {
    result.emplace(co_await Select(number_, text_, raw_));
  }

  ChannelEnds<int> numbers_;
  ChannelEnds<std::string> texts_;
  ChannelEnds<Bytes> bytes_;
  AsyncReceiver<int> number_;
  AsyncReceiver<std::string> text_;
  AsyncReceiver<Bytes> raw_;
};

INSTANTIATE_TEST_SUITE_P(Worlds, SelectTest, AllAsyncWorlds(), NameOfWorld);

TEST_P(SelectTest, GivesWhatIsThereAndSaysWhose) {
  ASSERT_OK(texts_.sender.Send("text"));
  Selected selected = BlockOn(*loop_, SelectOnce());
  ASSERT_OK(selected);
  ASSERT_EQ(selected->index(), 1u);
  EXPECT_THAT(std::get<1>(*selected), IsOkAndHolds("text"));
  ASSERT_OK(bytes_.sender.Send("raw"));
  selected = BlockOn(*loop_, SelectOnce());
  ASSERT_OK(selected);
  ASSERT_EQ(selected->index(), 2u);
  EXPECT_EQ(std::get<2>(*selected)->text(), "raw");
}

TEST_P(SelectTest, WaitsForWhicheverComesFirstAndTakesNothingFromTheOthers) {
  for (int round = 0; round < 3; ++round) {
    std::optional<Selected> result;
    TaskGroup group;
    group.Spawn(SelectInto(result));
    RunWhatThereIs();
    EXPECT_FALSE(result.has_value());
    ASSERT_OK(numbers_.sender.Send(round));
    ASSERT_OK(texts_.sender.Send("kept"));
    ASSERT_TRUE(RunUntil([&] { return result.has_value(); }));
    ASSERT_OK(*result);
    // The other one is still there for an ordinary receive.
    const auto rest = [](SelectTest& test, bool number_was_taken,
                         int value) -> Task<> {
      if (number_was_taken) {
        EXPECT_THAT(co_await test.text_.Recv(), IsOkAndHolds("kept"));
      } else {
        EXPECT_THAT(co_await test.number_.Recv(), IsOkAndHolds(value));
      }
    };
    ASSERT_LT((*result)->index(), 2u);
    EXPECT_OK(BlockOn(*loop_, rest(*this, (*result)->index() == 0, round)));
  }
}

TEST_P(SelectTest, NobodyStarvesWhoHasSomethingAllTheTime) {
  for (int i = 0; i < 30; ++i) {
    ASSERT_OK(numbers_.sender.Send(i));
    ASSERT_OK(texts_.sender.Send("text"));
    ASSERT_OK(bytes_.sender.Send("raw"));
  }
  std::vector<int> counts(3);
  for (int i = 0; i < 30; ++i) {
    const Selected selected = BlockOn(*loop_, SelectOnce());
    ASSERT_OK(selected);
    ++counts[selected->index()];
  }
  EXPECT_THAT(counts, ::testing::Each(10));
}

TEST_P(SelectTest, ADeadlinePasses) {
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  EXPECT_THAT(BlockOn(*loop_, SelectOnce(deadline)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now(), deadline);
  ASSERT_OK(numbers_.sender.Send(1));
  EXPECT_OK(BlockOn(*loop_, SelectOnce(absl::InfinitePast())));
}

TEST_P(SelectTest, TheEndOfOneChannelAndBadMessagesAreThatOnes) {
  numbers_.sender = {};
  Selected selected = BlockOn(*loop_, SelectOnce());
  ASSERT_OK(selected);
  ASSERT_EQ(selected->index(), 0u);
  EXPECT_TRUE(IsDisconnected(std::get<0>(*selected).status()));
  const auto select = [](SelectTest& test) -> Task<absl::Status> {
    auto only = co_await SelectFor(absl::Minutes(1), test.text_);
    EXPECT_OK(only);
    co_return std::get<0>(*only).status();
  };
  ASSERT_OK(BytesSender(texts_.sender.raw()).Send("no string"));
  EXPECT_THAT(BlockOn(*loop_, select(*this)),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_P(SelectTest, RefusesWhatIsEmptyNamedTwiceOrAwaited) {
  const auto twice = [](AsyncReceiver<int>& one) -> Task<absl::Status> {
    co_return (co_await Select(one, one)).status();
  };
  EXPECT_THAT(BlockOn(*loop_, twice(number_)), StatusIs(kPrecondition));
  std::optional<Selected> result;
  TaskGroup group;
  group.Spawn(SelectInto(result));
  EXPECT_THAT(BlockOn(*loop_, SelectOnce()), StatusIs(kPrecondition));
  const auto receive = [](AsyncReceiver<int>& one) -> Task<absl::Status> {
    co_return (co_await one.Recv()).status();
  };
  EXPECT_THAT(BlockOn(*loop_, receive(number_)), StatusIs(kPrecondition));
  AsyncReceiver<int> empty;
  EXPECT_THAT(BlockOn(*loop_, twice(empty)), StatusIs(kPrecondition));
  EXPECT_FALSE(result.has_value());
}

TEST_P(SelectTest, ADestroyedCoroutineTakesNoMessageWithIt) {
  {
    std::optional<Selected> result;
    TaskGroup group;
    group.Spawn(SelectInto(result));
    RunWhatThereIs();
    ASSERT_OK(numbers_.sender.Send(1));
  }
  RunWhatThereIs();
  const Selected selected = BlockOn(*loop_, SelectOnce());
  ASSERT_OK(selected);
  EXPECT_THAT(std::get<0>(*selected), IsOkAndHolds(1));
}

TEST_P(SelectTest, DestroyingOneOfThemCancelsIt) {
  std::optional<Selected> result;
  TaskGroup group;
  group.Spawn(SelectInto(result));
  text_ = AsyncReceiver<std::string>();
  EXPECT_FALSE(result.has_value());
  ASSERT_TRUE(RunUntil([&] { return result.has_value(); }));
  EXPECT_THAT(*result, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(IsDisconnected(texts_.sender.Send("text")));
}

TEST_P(SelectTest, AFloodKeepsNobodyElseOut) {
  bool is_over = false;
  TaskGroup group;
  group.Spawn([](Reactor& loop, bool& over) -> Task<> {
    EXPECT_OK(co_await SleepFor(loop, absl::Milliseconds(1)));
    over = true;
  }(*loop_, is_over));
  group.Spawn([](SelectTest& test, bool& over) -> Task<> {
    while (!over) {
      EXPECT_OK(test.numbers_.sender.Send(1));
      EXPECT_OK(co_await Select(test.number_, test.text_));
    }
  }(*this, is_over));
  EXPECT_TRUE(RunUntil([&] { return group.size() == 0; }));
}

}  // namespace
}  // namespace ipc_channel::coro
