#include "ipc_channel/testing/fault_injection.h"

#include <cstdint>
#include <ostream>
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
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelOptions;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::CreateChannel;
using ::ipc_channel::transport::CreateInprocessChannel;
using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::ReceiverSet;
using ::ipc_channel::transport::Sender;
using ::testing::ElementsAre;

constexpr absl::StatusCode kDisconnected = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kMalformed = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;
constexpr absl::StatusCode kTooLate = absl::StatusCode::kDeadlineExceeded;

struct BackEnd {
  std::string name;
  absl::StatusOr<ChannelPair> (*create)(const ChannelOptions&);
};

void PrintTo(const BackEnd& back_end, std::ostream* os) {
  *os << back_end.name;
}

class FaultInjectionTest : public ::testing::TestWithParam<BackEnd> {
  ExpectNoFdLeak no_leak_;

 protected:
  ChannelPair NewChannel(const FaultInjector& faults) const {
    absl::StatusOr<ChannelPair> pair = GetParam().create({});
    EXPECT_OK(pair);
    return pair.ok() ? faults.Wrap(*std::move(pair)) : ChannelPair();
  }
};

INSTANTIATE_TEST_SUITE_P(All, FaultInjectionTest,
                         ::testing::Values(BackEnd{"Default", CreateChannel},
                                           BackEnd{"Inprocess",
                                                   CreateInprocessChannel}),
                         [](const ::testing::TestParamInfo<BackEnd>& info) {
                           return info.param.name;
                         });

TEST_P(FaultInjectionTest, PlannedSendsFailAndNoOthers) {
  const FaultInjector faults(FaultPlan()
                                 .FailSend(2, absl::ResourceExhaustedError(""))
                                 .FailSend(3, absl::OutOfRangeError("")));
  auto [sender, receiver] = NewChannel(faults);
  EXPECT_OK(SendText(sender, "1"));
  EXPECT_THAT(SendText(sender, "2"), StatusIs(kExhausted));
  EXPECT_THAT(SendText(sender, "3"), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_OK(SendText(sender, "4"));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("1"));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("4"));
  EXPECT_EQ(faults.counts().sends, 4u);
  EXPECT_EQ(faults.counts().sends_failed, 2u);
  EXPECT_EQ(faults.counts().messages, 2u);
  EXPECT_EQ(faults.counts().messages_lost, 0u);
}

TEST_P(FaultInjectionTest, FailedSendTakesNothing) {
  const FaultInjector none{FaultPlan()};
  const FaultInjector faults(
      FaultPlan().FailSends(1, absl::ResourceExhaustedError("")));
  auto [sender, receiver] = NewChannel(faults);
  ChannelPair carried = NewChannel(none);
  EXPECT_THAT(sender.Send({}, Lend(carried.receiver)), StatusIs(kExhausted));
  EXPECT_TRUE(AreConnected(carried.sender, carried.receiver));
}

TEST_P(FaultInjectionTest, StalledSendWaitsAsAtAFullChannel) {
  const FaultInjector faults(FaultPlan().StallSends(1));
  auto [sender, receiver] = NewChannel(faults);
  const absl::Status at_once = sender.Send({}, absl::InfinitePast());
  EXPECT_TRUE(IsFull(at_once)) << at_once;
  const absl::Time deadline = absl::Now() + absl::Milliseconds(10);
  EXPECT_THAT(sender.Send({}, deadline), StatusIs(kTooLate));
  EXPECT_GE(absl::Now(), deadline);
  Message message;
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  EXPECT_OK(sender.Send(Bytes("there was room")));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("there was room"));
  EXPECT_EQ(faults.counts().sends_failed, 2u);
}

TEST_P(FaultInjectionTest, OnlyTheStalledSendIs) {
  const FaultInjector faults(FaultPlan().StallSend(2));
  auto [sender, receiver] = NewChannel(faults);
  EXPECT_OK(sender.Send({}, absl::InfinitePast()));
  EXPECT_TRUE(IsFull(sender.Send({}, absl::InfinitePast())));
  EXPECT_OK(sender.Send({}, absl::InfinitePast()));
}

TEST_P(FaultInjectionTest, SendersDisconnectForGood) {
  const FaultInjector faults(FaultPlan().DisconnectSendersAfter(2));
  auto [sender, receiver] = NewChannel(faults);
  EXPECT_OK(SendText(sender, "1"));
  EXPECT_OK(SendText(sender, "2"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(SendText(sender, "3"), StatusIs(kDisconnected));
  }
  sender = Sender();
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("1"));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("2"));
  EXPECT_THAT(ReceiveText(receiver), StatusIs(kDisconnected));
}

TEST_P(FaultInjectionTest, PlannedMessagesAreLostWithTheirHandles) {
  const FaultInjector faults(
      FaultPlan()
          .LoseMessage(1, absl::DataLossError(""))
          .LoseMessage(3, absl::ResourceExhaustedError("")));
  auto [sender, receiver] = NewChannel(faults);
  Pipe pipe = NewPipe();
  ASSERT_OK(sender.Send(Bytes("1"), Lend(pipe.write_end)));
  for (const char* text : {"2", "3", "4"}) ASSERT_OK(SendText(sender, text));
  Message message;
  EXPECT_THAT(receiver.TryReceive(message), StatusIs(kMalformed));
  EXPECT_TRUE(message.payload().empty());
  EXPECT_TRUE(IsClosed(pipe.read_end));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("2"));
  EXPECT_THAT(receiver.Receive(message, Soon()), StatusIs(kExhausted));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("4"));
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  EXPECT_EQ(faults.counts().messages, 4u);
  EXPECT_EQ(faults.counts().messages_lost, 2u);
}

TEST_P(FaultInjectionTest, ReceiversDisconnectInsteadOfFurtherMessages) {
  const FaultInjector faults(FaultPlan().DisconnectReceiversAfter(1));
  auto [sender, receiver] = NewChannel(faults);
  for (const char* text : {"1", "2", "3"}) ASSERT_OK(SendText(sender, text));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("1"));
  EXPECT_THAT(ReceiveText(receiver), StatusIs(kDisconnected));
  EXPECT_THAT(ReceiveText(receiver), StatusIs(kDisconnected));
}

// Which of 200 sends fail.
std::vector<std::uint64_t> FailuresOf(FaultPlan plan, ChannelPair pair) {
  const FaultInjector faults(std::move(plan));
  const Sender sender = faults.Wrap(std::move(pair.sender));
  std::vector<std::uint64_t> failures;
  for (std::uint64_t n = 1; n <= 200; ++n) {
    if (!sender.Send({}, absl::InfinitePast()).ok()) failures.push_back(n);
  }
  EXPECT_EQ(faults.counts().sends_failed, failures.size());
  return failures;
}

TEST_P(FaultInjectionTest, ChanceFollowsFromTheSeed) {
  const FaultInjector none{FaultPlan()};
  const auto plan = [](std::uint64_t seed, double probability) {
    return FaultPlan(seed).FailSends(probability, absl::OutOfRangeError(""));
  };
  const std::vector<std::uint64_t> failures =
      FailuresOf(plan(7, 0.25), NewChannel(none));
  EXPECT_GT(failures.size(), 20u);
  EXPECT_LT(failures.size(), 80u);
  EXPECT_EQ(FailuresOf(plan(7, 0.25), NewChannel(none)), failures);
  EXPECT_NE(FailuresOf(plan(8, 0.25), NewChannel(none)), failures);
  EXPECT_TRUE(FailuresOf(plan(7, 0), NewChannel(none)).empty());
  EXPECT_EQ(FailuresOf(plan(7, 1), NewChannel(none)).size(), 200u);
}

TEST_P(FaultInjectionTest, ThreadsFailAsOftenAsOne) {
  const FaultInjector faults(
      FaultPlan(7).FailSends(0.25, absl::OutOfRangeError("")));
  auto [sender, receiver] = NewChannel(faults);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([copy = sender] {
      for (int i = 0; i < 50; ++i) {
        copy.Send({}, absl::InfinitePast()).IgnoreError();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(faults.counts().sends, 200u);
  const FaultInjector none{FaultPlan()};
  EXPECT_EQ(faults.counts().sends_failed,
            FailuresOf(FaultPlan(7).FailSends(0.25, absl::OutOfRangeError("")),
                       NewChannel(none))
                .size());
}

TEST_P(FaultInjectionTest, EndsOfOneInjectorCountTogether) {
  const FaultInjector faults(
      FaultPlan().FailSend(2, absl::ResourceExhaustedError("")));
  const ChannelPair first = NewChannel(faults);
  const ChannelPair second = NewChannel(faults);
  EXPECT_OK(SendText(first.sender, "1"));
  EXPECT_THAT(SendText(second.sender, "2"), StatusIs(kExhausted));
  EXPECT_OK(SendText(second.sender, "3"));
}

TEST_P(FaultInjectionTest, EndsOutliveTheirInjector) {
  ChannelPair pair = NewChannel(
      FaultInjector(FaultPlan().LoseMessage(1, absl::DataLossError(""))));
  ASSERT_OK(SendText(pair.sender, "1"));
  EXPECT_THAT(ReceiveText(pair.receiver), StatusIs(kMalformed));
  EXPECT_TRUE(AreConnected(pair.sender, pair.receiver));
}

TEST(FaultInjectorTest, EmptyEndsStayEmpty) {
  const FaultInjector faults{FaultPlan()};
  EXPECT_FALSE(faults.Wrap(Sender()).valid());
  EXPECT_FALSE(faults.Wrap(Receiver()).valid());
}

// What a set says of channels that lose messages.
TEST_P(FaultInjectionTest, SetGoesOnAfterTheErrorsOfAChannel) {
  const FaultInjector faults(
      FaultPlan()
          .LoseMessage(1, absl::DataLossError(""))
          .LoseMessage(3, absl::ResourceExhaustedError(""))
          .DisconnectReceiversAfter(4));
  auto [sender, receiver] = NewChannel(faults);
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id, set.Add(std::move(receiver)));
  for (int i = 0; i < 6; ++i) {
    ASSERT_OK(SendText(sender, std::to_string(i)));
  }
  std::vector<ReceiverSet::Event> events(1);
  std::vector<absl::StatusCode> codes;
  while (set.size() > 0 && codes.size() < 6) {
    ASSERT_OK(set.Wait(Soon(), events));
    EXPECT_EQ(events[0].id, id);
    EXPECT_EQ(events[0].message.payload().empty(), !events[0].status.ok());
    codes.push_back(events[0].status.code());
  }
  EXPECT_THAT(codes, ElementsAre(kMalformed, absl::StatusCode::kOk, kExhausted,
                                 absl::StatusCode::kOk, kDisconnected));
  EXPECT_THAT(SendText(sender, "nobody there"), StatusIs(kDisconnected));
}

}  // namespace
}  // namespace ipc_channel_testing
