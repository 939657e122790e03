#include "ipc_channel/channel/channel.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

enum class Color : std::uint8_t { kRed = 1, kBlue = 2 };

struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Drawing {
  std::string title;
  std::vector<Point> points;
  std::optional<Color> color;
  friend bool operator==(const Drawing&, const Drawing&) = default;
};

// A type that has senders of itself in it.
struct Ping {
  int hops = 0;
  Sender<Ping> reply;
};

template <class T>
ChannelEnds<T> MakeChannel() {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>();
  EXPECT_THAT(ends, IsOk());
  return *std::move(ends);
}

TEST(ChannelTest, ValuesArriveAsTheyWereSent) {
  auto [sender, receiver] = MakeChannel<Drawing>();
  const Drawing drawing = {"house", {{1, 2}, {3.5, -4}}, Color::kBlue};
  ASSERT_THAT(sender.Send(drawing), IsOk());
  ASSERT_THAT(sender.Send({"", {}, std::nullopt}), IsOk());
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(Eq(drawing)));
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(Eq(Drawing())));
}

TEST(ChannelTest, OptionsSayHowMuchItHolds) {
  // More than any channel that was made without.
  constexpr int kMessages = 700;
  absl::StatusOr<ChannelEnds<std::string>> ends = Channel<std::string>(
      {.capacity = {{.messages = kMessages}}, .max_message_bytes = 1000});
  ASSERT_THAT(ends, IsOk());
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_THAT(ends->sender.TrySend("x"), IsOk()) << i;
  }
  EXPECT_THAT(ends->sender.TrySend(std::string(1000, 'x')),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(ends->receiver.Recv(), IsOkAndHolds(Eq("x")));
}

TEST(ChannelTest, StopEndsAWaitingReceiveAndLosesNothing) {
  auto [sender, receiver] = MakeChannel<std::string>();
  std::stop_source source;
  std::thread stopper([&source] { source.request_stop(); });
  EXPECT_THAT(receiver.Recv(source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  stopper.join();
  ASSERT_THAT(sender.Send("kept"), IsOk());
  EXPECT_THAT(receiver.RecvFor(absl::Minutes(1), source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(receiver.RecvUntil(absl::InfiniteFuture(), std::stop_token()),
              IsOkAndHolds(Eq("kept")));
}

TEST(ChannelTest, ScalarsAndTuplesNeedNoStruct) {
  auto [sender, receiver] =
      MakeChannel<std::tuple<std::string, std::uint32_t>>();
  ASSERT_THAT(sender.Send({"Patrick", 300}), IsOk());
  EXPECT_THAT(receiver.Recv(),
              IsOkAndHolds(Eq(std::tuple(std::string("Patrick"), 300u))));
}

TEST(ChannelTest, DisconnectedComesAfterTheLastValue) {
  auto [sender, receiver] = MakeChannel<int>();
  ASSERT_THAT(sender.Send(1), IsOk());
  sender = {};
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(1));
  EXPECT_TRUE(IsDisconnected(receiver.Recv().status()));
  EXPECT_TRUE(IsDisconnected(receiver.TryRecv().status()));
}

TEST(ChannelTest, EveryCopyOfASenderKeepsTheChannelOpen) {
  auto [sender, receiver] = MakeChannel<int>();
  Sender<int> copy = sender;
  sender = {};
  EXPECT_THAT(receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
  ASSERT_THAT(copy.Send(7), IsOk());
  copy = {};
  EXPECT_THAT(receiver.TryRecv(), IsOkAndHolds(Optional(7)));
  EXPECT_TRUE(IsDisconnected(receiver.TryRecv().status()));
}

TEST(ChannelTest, SendingToADroppedReceiverIsDisconnected) {
  auto [sender, receiver] = MakeChannel<int>();
  ASSERT_THAT(sender.Send(1), IsOk());
  receiver = {};
  EXPECT_TRUE(IsDisconnected(sender.Send(2)));
  EXPECT_TRUE(IsDisconnected(sender.TrySend(3)));
}

TEST(ChannelTest, TryRecvTellsNothingYetFromDisconnected) {
  auto [sender, receiver] = MakeChannel<int>();
  EXPECT_THAT(receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
  ASSERT_THAT(sender.Send(1), IsOk());
  EXPECT_THAT(receiver.TryRecv(), IsOkAndHolds(Optional(1)));
  EXPECT_THAT(receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
}

TEST(ChannelTest, ARecvWithADeadlineWaitsUntilThen) {
  auto [sender, receiver] = MakeChannel<int>();
  const absl::Time start = absl::Now();
  EXPECT_THAT(receiver.RecvFor(absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
  EXPECT_THAT(receiver.RecvUntil(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(ChannelTest, AFullChannelSaysSoAndGoesOnWhenThereIsRoom) {
  auto [sender, receiver] = MakeChannel<int>();
  int sent = 0;
  absl::Status status;
  while ((status = sender.TrySend(sent)).ok()) ++sent;
  EXPECT_TRUE(IsFull(status)) << status;
  EXPECT_GT(sent, 0);
  EXPECT_THAT(sender.SendFor(sent, absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  for (int i = 0; i < sent; ++i) {
    EXPECT_THAT(receiver.Recv(), IsOkAndHolds(i));
  }
  EXPECT_THAT(sender.TrySend(sent), IsOk());
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(sent));
}

TEST(ChannelTest, AWaitingSendGoesThroughOnceThereIsRoom) {
  auto [sender, receiver] = MakeChannel<int>();
  constexpr int kCount = 5000;  // many times what any channel queues
  std::thread producer([sender = std::exchange(sender, {})] {
    for (int i = 0; i < kCount; ++i) ASSERT_THAT(sender.Send(i), IsOk());
  });
  for (int i = 0; i < kCount; ++i) {
    ASSERT_THAT(receiver.Recv(), IsOkAndHolds(i));
  }
  producer.join();
  EXPECT_TRUE(IsDisconnected(receiver.Recv().status()));
}

TEST(ChannelTest, IterationEndsWhenTheLastSenderIsGone) {
  auto [sender, receiver] = MakeChannel<int>();
  for (int i = 0; i < 3; ++i) ASSERT_THAT(sender.Send(i), IsOk());
  sender = {};
  std::vector<int> seen;
  for (absl::StatusOr<int>& value : receiver) {
    ASSERT_THAT(value, IsOk());
    seen.push_back(*value);
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
}

TEST(ChannelTest, IterationHoldsNoValueWhileItWaitsForTheNext) {
  auto [sender, receiver] = MakeChannel<Sender<int>>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  ASSERT_THAT(sender.Send(std::move(inner_sender)), IsOk());
  std::thread consumer([receiver = std::move(receiver)]() mutable {
    for (absl::StatusOr<Sender<int>>& value : receiver) {
      ASSERT_THAT(value, IsOk());
      ASSERT_THAT(value->Send(1), IsOk());
    }
  });
  EXPECT_THAT(inner_receiver.Recv(), IsOkAndHolds(1));
  EXPECT_TRUE(
      IsDisconnected(inner_receiver.RecvFor(absl::Minutes(1)).status()));
  sender = {};
  consumer.join();
}

TEST(ChannelTest, IterationOverAnEmptyReceiverGivesItsErrorOnce) {
  Receiver<int> receiver;
  int rounds = 0;
  for (absl::StatusOr<int>& value : receiver) {
    EXPECT_THAT(value, StatusIs(absl::StatusCode::kFailedPrecondition));
    ++rounds;
  }
  EXPECT_EQ(rounds, 1);
}

TEST(ChannelTest, EmptyEndsSaySo) {
  EXPECT_THAT(Sender<int>().Send(1),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Receiver<int>().Recv(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(ChannelTest, AMessageOfAnotherTypeIsDroppedAndTheChannelGoesOn) {
  auto [sender, receiver] = MakeChannel<std::string>();
  Sender<std::vector<double>> wrong(sender.raw());
  ASSERT_THAT(wrong.Send({1.0, 2.0}), IsOk());
  ASSERT_THAT(sender.Send("good"), IsOk());
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(Eq("good")));
}

TEST(ChannelTest, AValueOverTheLimitsIsDroppedAndTheChannelGoesOn) {
  const ExpectNoFdLeak no_leak;
  auto [sender, receiver] =
      MakeChannel<std::pair<std::vector<int>, std::optional<Sender<int>>>>();
  receiver.SetDecodeLimits(
      {.max_allocated_bytes = 400, .max_allocated_per_input_byte = 0});
  auto reply = MakeChannel<int>();
  ASSERT_THAT(sender.Send({std::vector<int>(101), reply.sender}), IsOk());
  ASSERT_THAT(sender.Send({std::vector<int>(100), std::nullopt}), IsOk());
  reply.sender = {};
  EXPECT_THAT(receiver.Recv(),
              StatusIs(absl::StatusCode::kDataLoss,
                       HasSubstr("more memory than the message may take")));
  EXPECT_TRUE(IsDisconnected(reply.receiver.TryRecv().status()));
  auto value = receiver.TryRecv();
  ASSERT_THAT(value, IsOk());
  ASSERT_TRUE(value->has_value());
  EXPECT_EQ((*value)->first, std::vector<int>(100));
}

// A list as deep as the message is long.
struct Chain {
  std::unique_ptr<Chain> next;
};

Chain ChainOf(int length) {
  Chain chain;
  for (int i = 1; i < length; ++i) {
    Chain longer = {std::make_unique<Chain>(std::move(chain))};
    chain = std::move(longer);
  }
  return chain;
}

TEST(ChannelTest, LimitsHoldForWhatIsQueuedAndCanBeChanged) {
  auto [sender, receiver] = MakeChannel<Chain>();
  for (int i = 0; i < 3; ++i) ASSERT_THAT(sender.Send(ChainOf(100)), IsOk());
  EXPECT_EQ(receiver.decode_limits().max_depth, 64u);
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss,
                                        HasSubstr("nested too deeply")));
  receiver.SetDecodeLimits({.max_depth = 99});
  EXPECT_EQ(receiver.decode_limits().max_depth, 99u);
  EXPECT_THAT(receiver.Recv(), IsOk());
  receiver.SetDecodeLimits({.max_depth = 98});
  EXPECT_THAT(receiver.TryRecv(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ChannelTest, LimitsHoldInIterations) {
  auto [sender, receiver] = MakeChannel<Chain>();
  receiver.SetDecodeLimits({.max_depth = 2});
  for (int i = 2; i < 5; ++i) ASSERT_THAT(sender.Send(ChainOf(i)), IsOk());
  sender = {};
  std::vector<bool> ok;
  for (absl::StatusOr<Chain>& chain : receiver) ok.push_back(chain.ok());
  EXPECT_THAT(ok, ElementsAre(true, true, false));
}

TEST(ChannelTest, LimitsAreMovedWithAReceiverAndDoNotTravel) {
  auto [sender, receiver] = MakeChannel<Chain>();
  receiver.SetDecodeLimits({.max_depth = 1});
  Receiver<Chain> moved = std::move(receiver);
  ASSERT_THAT(sender.Send(ChainOf(3)), IsOk());
  ASSERT_THAT(sender.Send(ChainOf(3)), IsOk());
  EXPECT_THAT(moved.Recv(), StatusIs(absl::StatusCode::kDataLoss));
  auto carrier = MakeChannel<Receiver<Chain>>();
  carrier.receiver.SetDecodeLimits({.max_depth = 7});
  ASSERT_THAT(carrier.sender.Send(std::move(moved)), IsOk());
  absl::StatusOr<Receiver<Chain>> arrived = carrier.receiver.Recv();
  ASSERT_THAT(arrived, IsOk());
  EXPECT_EQ(arrived->decode_limits().max_depth, 64u);
  EXPECT_THAT(arrived->Recv(), IsOk());
}

TEST(ChannelTest, HandlesTheTypeDoesNotHaveAreRefusedAndClosed) {
  const ExpectNoFdLeak no_leak;
  auto [sender, receiver] = MakeChannel<std::string>();
  auto [other, other_receiver] = MakeChannel<int>();
  const std::vector<std::byte> good =
      *serialize::Encode(std::string("with a stowaway"));
  const transport::HandleRef stowaway = other.raw();
  ASSERT_THAT(sender.raw().Send(good, {&stowaway, 1}), IsOk());
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
  other = {};
  EXPECT_TRUE(IsDisconnected(other_receiver.Recv().status()));
}

TEST(ChannelTest, ASenderInAMessageReachesTheOriginalReceiver) {
  auto [sender, receiver] = MakeChannel<std::pair<std::string, Sender<int>>>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  ASSERT_THAT(sender.Send({"reply here", inner_sender}), IsOk());
  inner_sender = {};
  {
    auto arrived = receiver.Recv();
    ASSERT_THAT(arrived, IsOk());
    ASSERT_THAT(arrived->second.Send(42), IsOk());
    EXPECT_THAT(inner_receiver.Recv(), IsOkAndHolds(42));
  }
  EXPECT_TRUE(IsDisconnected(inner_receiver.Recv().status()));
}

TEST(ChannelTest, ASenderQueuedInAMessageKeepsItsChannelOpen) {
  auto [sender, receiver] = MakeChannel<Sender<int>>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  ASSERT_THAT(sender.Send(inner_sender), IsOk());
  inner_sender = {};
  EXPECT_THAT(inner_receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
  receiver = {};  // and with it the queue, and the sender in it
  EXPECT_TRUE(IsDisconnected(inner_receiver.Recv().status()));
}

TEST(ChannelTest, AReceiverInAMessageBringsWhatIsQueued) {
  auto [sender, receiver] = MakeChannel<std::optional<Receiver<int>>>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  ASSERT_THAT(inner_sender.Send(1), IsOk());
  ASSERT_THAT(sender.Send(std::move(inner_receiver)), IsOk());
  ASSERT_THAT(inner_sender.Send(2), IsOk());
  auto arrived = receiver.Recv();
  ASSERT_THAT(arrived, IsOk());
  ASSERT_TRUE(arrived->has_value());
  EXPECT_THAT((*arrived)->Recv(), IsOkAndHolds(1));
  EXPECT_THAT((*arrived)->Recv(), IsOkAndHolds(2));
}

TEST(ChannelTest, AReceiverMayLieInTheQueueOfAnother) {
  auto [sender, receiver] = MakeChannel<Receiver<Receiver<int>>>();
  auto [middle_sender, middle_receiver] = MakeChannel<Receiver<int>>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  ASSERT_THAT(inner_sender.Send(5), IsOk());
  ASSERT_THAT(middle_sender.Send(std::move(inner_receiver)), IsOk());
  ASSERT_THAT(sender.Send(std::move(middle_receiver)), IsOk());
  auto middle = receiver.Recv();
  ASSERT_THAT(middle, IsOk());
  auto inner = middle->Recv();
  ASSERT_THAT(inner, IsOk());
  EXPECT_THAT(inner->Recv(), IsOkAndHolds(5));
}

struct Package {
  std::string label;
  Sender<int> sender;
  SharedMemory memory;
  std::vector<Receiver<int>> receivers;
};

Package MakePackage() {
  auto [sender, receiver] = MakeChannel<int>();
  Package package = {.label = "fragile", .sender = sender};
  package.memory = *SharedMemory::CopyOf(std::vector<std::byte>(1));
  package.receivers.push_back(std::move(receiver));
  return package;
}

TEST(ChannelTest, AMovedValueLosesItsHandlesAndKeepsTheRest) {
  auto [sender, receiver] = MakeChannel<Package>();
  Package package = MakePackage();
  ASSERT_THAT(sender.Send(std::move(package)), IsOk());
  EXPECT_EQ(package.label, "fragile");
  EXPECT_FALSE(package.sender.valid());
  EXPECT_TRUE(package.memory.bytes().empty());
  ASSERT_EQ(package.receivers.size(), 1u);
  EXPECT_FALSE(package.receivers[0].valid());
}

TEST(ChannelTest, AMovedValueKeepsItsHandlesIfTheSendFails) {
  auto [sender, receiver] = MakeChannel<Package>();
  receiver = {};
  Package package = MakePackage();
  EXPECT_TRUE(IsDisconnected(sender.Send(std::move(package))));
  EXPECT_TRUE(package.sender.valid());
  EXPECT_EQ(package.memory.bytes().size(), 1u);
  EXPECT_TRUE(package.receivers[0].valid());
}

// What a stage of a pipeline does with a job: hands it on to the next.
struct Job {
  int number = 0;
  Sender<Job> next;
};

TEST(ChannelTest, AValueMayBeSentThroughASenderThatIsInIt) {
  auto [sender, receiver] = MakeChannel<Job>();
  Job job = {.number = 1, .next = std::exchange(sender, {})};
  ASSERT_THAT(job.next.Send(std::move(job)), IsOk());
  EXPECT_FALSE(job.next.valid());
  auto arrived = receiver.Recv();
  ASSERT_THAT(arrived, IsOk());
  EXPECT_EQ(arrived->number, 1);
  arrived->next = {};
  EXPECT_TRUE(IsDisconnected(receiver.Recv().status()));
}

TEST(ChannelTest, AMovedSenderIsGoneFromHere) {
  auto [sender, receiver] = MakeChannel<Sender<int>>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  ASSERT_THAT(sender.Send(std::move(inner_sender)), IsOk());
  receiver = {};  // and with it the queue, and the last sender in it
  EXPECT_TRUE(IsDisconnected(inner_receiver.Recv().status()));
}

TEST(ChannelTest, AFailedSendTakesNothing) {
  auto [sender, receiver] = MakeChannel<std::optional<Receiver<int>>>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  receiver = {};
  std::optional<Receiver<int>> value = std::move(inner_receiver);
  EXPECT_TRUE(IsDisconnected(sender.Send(std::move(value))));
  ASSERT_TRUE(value.has_value() && value->valid());
  ASSERT_THAT(inner_sender.Send(9), IsOk());
  EXPECT_THAT(value->Recv(), IsOkAndHolds(9));
}

TEST(ChannelTest, AnEmptyReceiverCannotBeSent) {
  auto [sender, receiver] = MakeChannel<std::vector<Receiver<int>>>();
  std::vector<Receiver<int>> hollow(1);
  EXPECT_THAT(sender.Send(std::move(hollow)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ChannelTest, TheSameSenderMayBeInAMessageSeveralTimes) {
  auto [sender, receiver] = MakeChannel<std::vector<Sender<int>>>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  ASSERT_THAT(sender.Send({inner_sender, inner_sender, inner_sender}), IsOk());
  inner_sender = {};
  auto arrived = receiver.Recv();
  ASSERT_THAT(arrived, IsOk());
  ASSERT_EQ(arrived->size(), 3u);
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT((*arrived)[static_cast<std::size_t>(i)].Send(i), IsOk());
    EXPECT_THAT(inner_receiver.Recv(), IsOkAndHolds(i));
  }
  arrived->clear();
  EXPECT_TRUE(IsDisconnected(inner_receiver.Recv().status()));
}

TEST(ChannelTest, ATypeMayCarrySendersOfItself) {
  auto [sender, receiver] = MakeChannel<Ping>();
  auto [back_sender, back_receiver] = MakeChannel<Ping>();
  ASSERT_THAT(sender.Send({1, back_sender}), IsOk());
  auto ping = receiver.Recv();
  ASSERT_THAT(ping, IsOk());
  ASSERT_THAT(ping->reply.Send({ping->hops + 1, sender}), IsOk());
  auto pong = back_receiver.Recv();
  ASSERT_THAT(pong, IsOk());
  EXPECT_EQ(pong->hops, 2);
}

TEST(ChannelTest, HandlesMayHideInVariants) {
  using Reply = std::variant<std::monostate, int, Receiver<int>>;
  auto [sender, receiver] = MakeChannel<Reply>();
  auto [inner_sender, inner_receiver] = MakeChannel<int>();
  ASSERT_THAT(sender.Send(Reply(3)), IsOk());
  ASSERT_THAT(sender.Send(Reply(std::move(inner_receiver))), IsOk());
  auto first = receiver.Recv();
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(std::get<int>(*first), 3);
  auto second = receiver.Recv();
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(inner_sender.Send(11), IsOk());
  EXPECT_THAT(std::get<Receiver<int>>(*second).Recv(), IsOkAndHolds(11));
}

TEST(ChannelTest, SharedMemoryIsSharedAndNotTaken) {
  auto [sender, receiver] = MakeChannel<std::pair<std::string, SharedMemory>>();
  const std::vector<std::byte> bytes(std::size_t{1} << 20, std::byte{0xBA});
  absl::StatusOr<SharedMemory> memory = SharedMemory::CopyOf(bytes);
  ASSERT_THAT(memory, IsOk());
  ASSERT_THAT(sender.Send({"large", *memory}), IsOk());
  ASSERT_THAT(sender.Send({"none", SharedMemory()}), IsOk());
  auto arrived = receiver.Recv();
  ASSERT_THAT(arrived, IsOk());
  EXPECT_TRUE(std::ranges::equal(arrived->second.bytes(), bytes));
  EXPECT_TRUE(std::ranges::equal(memory->bytes(), bytes));
  auto empty = receiver.Recv();
  ASSERT_THAT(empty, IsOk());
  EXPECT_TRUE(empty->second.bytes().empty());
}

struct Buffers {
  MutableMemory scratch;
  std::vector<ReadOnlyMemory> frames;
};

TEST(ChannelTest, MemoryThatIsWrittenLaterIsShared) {
  auto [sender, receiver] = MakeChannel<Buffers>();
  const MutableMemory scratch = MutableMemory::Create(4).value();
  const WriterAndMemory frame = CreateReadOnlyMemory(4).value();
  ASSERT_THAT(sender.Send({scratch, {frame.memory, ReadOnlyMemory()}}), IsOk());
  auto arrived = receiver.Recv();
  ASSERT_THAT(arrived, IsOk());
  ASSERT_EQ(arrived->frames.size(), 2u);
  EXPECT_EQ(arrived->frames[1].size(), 0u);
  frame.writer.bytes()[3] = std::byte{7};
  EXPECT_EQ(arrived->frames[0].bytes()[3], std::byte{7});
  arrived->scratch.bytes()[3] = std::byte{8};
  EXPECT_EQ(scratch.bytes()[3], std::byte{8});
}

TEST(ChannelTest, MovedMemoryStaysIfTheSendFailsAndGoesIfNot) {
  auto [sender, receiver] = MakeChannel<Buffers>();
  auto [lost_sender, lost_receiver] = MakeChannel<Buffers>();
  lost_receiver = {};
  Buffers buffers = {MutableMemory::Create(4).value(),
                     {CreateReadOnlyMemory(4).value().memory}};
  EXPECT_TRUE(IsDisconnected(lost_sender.Send(std::move(buffers))));
  EXPECT_EQ(buffers.scratch.size(), 4u);
  EXPECT_EQ(buffers.frames.at(0).size(), 4u);
  ASSERT_THAT(sender.Send(std::move(buffers)), IsOk());
  EXPECT_EQ(buffers.scratch.size(), 0u);
  EXPECT_EQ(buffers.frames.at(0).size(), 0u);
}

// The same bytes, but another kind of memory.
TEST(ChannelTest, KindsOfMemoryAreDifferentTypes) {
  transport::ChannelPair pair = transport::CreateChannel().value();
  const Sender<MutableMemory> sender(std::move(pair.sender));
  Receiver<ReadOnlyMemory> receiver(std::move(pair.receiver));
  ASSERT_THAT(sender.Send(MutableMemory::Create(4).value()), IsOk());
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ChannelTest, LargeValuesArriveWhole) {
  auto [sender, receiver] = MakeChannel<std::vector<std::uint64_t>>();
  std::vector<std::uint64_t> numbers(std::size_t{1} << 20);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i * i;
  ASSERT_THAT(sender.Send(numbers), IsOk());
  auto arrived = receiver.Recv();
  ASSERT_THAT(arrived, IsOk());
  EXPECT_EQ(*arrived, numbers);
}

TEST(ChannelTest, ManyThreadsMaySendThroughOneSender) {
  auto [sender, receiver] = MakeChannel<std::pair<int, int>>();
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&sender = sender, t] {
      for (int i = 0; i < kEach; ++i) {
        ASSERT_THAT(sender.Send(std::pair(t, i)), IsOk());
      }
    });
  }
  std::vector<int> next(kThreads, 0);
  for (int n = 0; n < kThreads * kEach; ++n) {
    auto value = receiver.Recv();
    ASSERT_THAT(value, IsOk());
    EXPECT_EQ(value->second, next[static_cast<std::size_t>(value->first)]++);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
}

TEST(ChannelTest, NothingLeaksDescriptors) {
  const ExpectNoFdLeak no_leak;
  auto [sender, receiver] = MakeChannel<std::vector<Receiver<int>>>();
  for (int round = 0; round < 10; ++round) {
    std::vector<Receiver<int>> receivers;
    for (int i = 0; i < 20; ++i) {
      receivers.push_back(MakeChannel<int>().receiver);
    }
    ASSERT_THAT(sender.Send(std::move(receivers)), IsOk());
    if (round % 2 == 0) {
      ASSERT_THAT(receiver.Recv(), IsOk());
    }
  }
}

}  // namespace
}  // namespace ipc_channel
