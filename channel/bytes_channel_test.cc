// Channels of bytes: what is theirs alone, and that they can do what channels
// of values can.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel {
namespace {

// //serialize:refusals_test has the sentence.
static_assert(!serialize::Serializable<std::vector<Bytes>>);
static_assert(serialize::SerializeTraits<Bytes>::kIsMessage);

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;
using ::testing::Property;

static_assert(std::is_same_v<Sender<Bytes>, BytesSender>);
static_assert(std::is_same_v<Receiver<Bytes>, BytesReceiver>);
static_assert(std::is_copy_constructible_v<BytesSender>);
static_assert(!std::is_copy_constructible_v<BytesReceiver>);
static_assert(!std::is_copy_constructible_v<Bytes>);
static_assert(std::is_convertible_v<const Bytes&, std::span<const std::byte>>);

// Alone or in something else, they are no ends of a channel of values.
static_assert(serialize::Fingerprint<BytesSender>() !=
              serialize::Fingerprint<Sender<std::vector<std::byte>>>());
static_assert(serialize::Fingerprint<std::vector<BytesReceiver>>() !=
              serialize::Fingerprint<std::vector<Receiver<std::string>>>());
static_assert(serialize::Fingerprint<BytesSender>() !=
              serialize::Fingerprint<BytesReceiver>());

auto HasText(std::string_view text) { return Property(&Bytes::text, Eq(text)); }

std::vector<std::byte> Pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
  }
  return bytes;
}

class BytesChannelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
    sender_ = std::move(ends.sender);
    receiver_ = std::move(ends.receiver);
  }

  BytesSender sender_;
  BytesReceiver receiver_;
};

TEST_F(BytesChannelTest, EverySizeArrivesByEveryWayOfReceiving) {
  Bytes reused;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{4096},
        transport::kMaxInlineBytes - 1, transport::kMaxInlineBytes,
        transport::kMaxInlineBytes + 1, std::size_t{300} << 10,
        std::size_t{3}}) {
    SCOPED_TRACE(size);
    const std::vector<std::byte> sent = Pattern(size);
    ASSERT_OK(sender_.Send(sent));
    ASSERT_OK_AND_ASSIGN(const Bytes first, receiver_.Recv());
    EXPECT_TRUE(std::ranges::equal(first, sent));
    ASSERT_OK(sender_.Send(sent));
    ASSERT_OK_AND_ASSIGN(const std::optional<Bytes> second,
                         receiver_.TryRecv());
    ASSERT_TRUE(second.has_value());
    EXPECT_TRUE(std::ranges::equal(*second, sent));
    ASSERT_OK(sender_.Send(sent));
    ASSERT_OK(receiver_.RecvInto(reused));
    EXPECT_TRUE(std::ranges::equal(reused, sent));
    ASSERT_OK(sender_.Send(sent));
    EXPECT_THAT(receiver_.TryRecvInto(reused), IsOkAndHolds(true));
    EXPECT_TRUE(std::ranges::equal(reused, sent));
    EXPECT_TRUE(std::ranges::equal(first, sent)) << "kept";
  }
}

TEST_F(BytesChannelTest, CharactersAreSentAsTheyAre) {
  ASSERT_OK(sender_.Send("text"));
  ASSERT_OK(sender_.TrySend(std::string("a\0b", 3)));
  ASSERT_OK(sender_.SendFor(std::string_view(), absl::Minutes(1)));
  ASSERT_OK(sender_.SendUntil("last", absl::InfiniteFuture()));
  EXPECT_THAT(receiver_.Recv(), IsOkAndHolds(HasText("text")));
  EXPECT_THAT(receiver_.Recv(),
              IsOkAndHolds(HasText(std::string_view("a\0b", 3))));
  EXPECT_THAT(receiver_.Recv(), IsOkAndHolds(HasText("")));
  EXPECT_THAT(receiver_.Recv(), IsOkAndHolds(HasText("last")));
}

TEST_F(BytesChannelTest, StopEndsEveryWayOfReceivingAndLosesNothing) {
  ASSERT_OK(sender_.Send("kept"));
  std::stop_source source;
  source.request_stop();
  const std::stop_token stop = source.get_token();
  constexpr absl::StatusCode kCancelled = absl::StatusCode::kCancelled;
  EXPECT_THAT(receiver_.Recv(stop), StatusIs(kCancelled));
  EXPECT_THAT(receiver_.RecvFor(absl::Minutes(1), stop), StatusIs(kCancelled));
  EXPECT_THAT(receiver_.RecvUntil(absl::InfiniteFuture(), stop),
              StatusIs(kCancelled));
  Bytes bytes;
  ASSERT_OK(sender_.Send("second"));
  ASSERT_OK(receiver_.RecvInto(bytes, std::stop_token()));
  EXPECT_EQ(bytes.text(), "kept");
  EXPECT_THAT(receiver_.RecvInto(bytes, stop), StatusIs(kCancelled));
  EXPECT_TRUE(bytes.empty());
  EXPECT_THAT(receiver_.RecvIntoFor(bytes, absl::Minutes(1), stop),
              StatusIs(kCancelled));
  EXPECT_THAT(receiver_.RecvIntoUntil(bytes, absl::InfiniteFuture(), stop),
              StatusIs(kCancelled));
  EXPECT_THAT(receiver_.Recv(), IsOkAndHolds(HasText("second")));
}

TEST_F(BytesChannelTest, NothingIsWrittenAroundTheBytes) {
  ASSERT_OK(sender_.Send("12345"));
  transport::Message message;
  ASSERT_OK(receiver_.raw().Receive(message));
  EXPECT_EQ(message.payload().size(), 5u);
}

TEST_F(BytesChannelTest, WhatIsReceivedCanBeSentOn) {
  ASSERT_OK_AND_ASSIGN(const BytesChannelEnds next, BytesChannel());
  ASSERT_OK(sender_.Send("hand on"));
  ASSERT_OK_AND_ASSIGN(const Bytes bytes, receiver_.Recv());
  ASSERT_OK(sender_.Send(bytes));
  EXPECT_THAT(receiver_.Recv(), IsOkAndHolds(HasText("hand on")));
}

TEST_F(BytesChannelTest, DisconnectedComesAfterTheLastMessage) {
  ASSERT_OK(sender_.Send(""));
  sender_ = {};
  EXPECT_THAT(receiver_.Recv(), IsOkAndHolds(HasText("")));
  Bytes bytes;
  EXPECT_TRUE(IsDisconnected(receiver_.Recv().status()));
  EXPECT_TRUE(IsDisconnected(receiver_.TryRecv().status()));
  EXPECT_TRUE(IsDisconnected(receiver_.RecvInto(bytes)));
  EXPECT_TRUE(IsDisconnected(receiver_.TryRecvInto(bytes).status()));
}

TEST_F(BytesChannelTest, SendingToADroppedReceiverIsDisconnected) {
  receiver_ = {};
  EXPECT_TRUE(IsDisconnected(sender_.Send("x")));
  EXPECT_TRUE(IsDisconnected(sender_.TrySend("x")));
}

TEST_F(BytesChannelTest, NothingYetIsNoError) {
  Bytes bytes;
  EXPECT_THAT(receiver_.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(receiver_.TryRecvInto(bytes), IsOkAndHolds(false));
  ASSERT_OK(sender_.Send("now"));
  EXPECT_THAT(receiver_.TryRecv(), IsOkAndHolds(Optional(HasText("now"))));
}

TEST_F(BytesChannelTest, DeadlinesHoldAndLeaveNothingInTheBuffer) {
  const absl::Time start = absl::Now();
  EXPECT_THAT(receiver_.RecvFor(absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
  EXPECT_THAT(receiver_.RecvUntil(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  Bytes bytes;
  const auto receive_something = [&] {
    ASSERT_OK(sender_.Send("former"));
    ASSERT_OK(receiver_.RecvInto(bytes));
    ASSERT_EQ(bytes.text(), "former");
  };
  receive_something();
  EXPECT_THAT(receiver_.RecvIntoFor(bytes, absl::Milliseconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(bytes.empty());
  receive_something();
  EXPECT_THAT(receiver_.RecvIntoUntil(bytes, absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(bytes.empty());
  receive_something();
  EXPECT_THAT(receiver_.TryRecvInto(bytes), IsOkAndHolds(false));
  EXPECT_TRUE(bytes.empty());
  receive_something();
  sender_ = {};
  EXPECT_TRUE(IsDisconnected(receiver_.RecvInto(bytes)));
  EXPECT_TRUE(bytes.empty());
}

TEST_F(BytesChannelTest, AFullChannelSaysSo) {
  int sent = 0;
  absl::Status status;
  while ((status = sender_.TrySend("x")).ok()) ++sent;
  EXPECT_TRUE(IsFull(status)) << status;
  EXPECT_THAT(sender_.SendFor("x", absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(sender_.SendUntil("x", absl::Now() + absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  Bytes bytes;
  for (int i = 0; i < sent; ++i) ASSERT_OK(receiver_.RecvInto(bytes));
  EXPECT_THAT(receiver_.TryRecvInto(bytes), IsOkAndHolds(false));
  EXPECT_OK(sender_.TrySend("x"));
}

TEST_F(BytesChannelTest, AMessageOverTheLimitIsRefusedWhereItIsSent) {
  sender_.raw().SetMaxMessageBytes(4);
  EXPECT_THAT(sender_.Send("12345"), StatusIs(absl::StatusCode::kOutOfRange));
  ASSERT_OK(sender_.Send("1234"));
  EXPECT_THAT(receiver_.Recv(), IsOkAndHolds(HasText("1234")));
}

TEST_F(BytesChannelTest, EmptyEndsSaySo) {
  constexpr absl::StatusCode kEmpty = absl::StatusCode::kFailedPrecondition;
  Bytes bytes;
  EXPECT_THAT(BytesSender().Send("x"), StatusIs(kEmpty));
  EXPECT_THAT(BytesReceiver().Recv(), StatusIs(kEmpty));
  EXPECT_THAT(BytesReceiver().TryRecvInto(bytes), StatusIs(kEmpty));
  EXPECT_TRUE(bytes.empty());
}

TEST_F(BytesChannelTest, IterationEndsWhenTheLastSenderIsGone) {
  for (const char* text : {"a", "bb", "ccc"}) ASSERT_OK(sender_.Send(text));
  sender_ = {};
  std::vector<std::string> seen;
  for (absl::StatusOr<Bytes>& bytes : receiver_) {
    ASSERT_THAT(bytes, IsOk());
    seen.emplace_back(bytes->text());
  }
  EXPECT_THAT(seen, ElementsAre("a", "bb", "ccc"));
}

TEST_F(BytesChannelTest, IterationGoesOnAfterALostMessage) {
  ASSERT_OK_AND_ASSIGN(const ChannelEnds<int> stowaway, Channel<int>());
  ASSERT_OK(sender_.raw().Send({}, {stowaway.sender.raw()}));
  ASSERT_OK(sender_.Send("good"));
  sender_ = {};
  std::vector<bool> ok;
  for (absl::StatusOr<Bytes>& bytes : receiver_) ok.push_back(bytes.ok());
  EXPECT_THAT(ok, ElementsAre(false, true));
}

// However it is received, what a peer attached is closed at once.
TEST_F(BytesChannelTest, HandlesThatAPeerAttachesAreClosed) {
  const ExpectNoFdLeak no_leak;
  Bytes bytes;
  const auto by_recv = [&] { return receiver_.Recv().status(); };
  const auto by_try_recv = [&] { return receiver_.TryRecv().status(); };
  const auto by_recv_into = [&] { return receiver_.RecvInto(bytes); };
  const auto by_try_recv_into = [&] {
    return receiver_.TryRecvInto(bytes).status();
  };
  const auto expect_closed = [&](const auto& receive) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{9}, transport::kMaxInlineBytes + 1}) {
      ASSERT_OK_AND_ASSIGN(ChannelEnds<int> first, Channel<int>());
      ASSERT_OK_AND_ASSIGN(ChannelEnds<int> second, Channel<int>());
      ASSERT_OK(
          sender_.raw().Send(std::vector<std::byte>(size),
                             {first.sender.raw(), second.receiver.raw()}));
      first.sender = {};
      ASSERT_OK(sender_.Send("behind"));
      EXPECT_THAT(receive(), StatusIs(absl::StatusCode::kDataLoss));
      EXPECT_TRUE(bytes.empty());
      EXPECT_TRUE(IsDisconnected(first.receiver.TryRecv().status()));
      EXPECT_TRUE(IsDisconnected(second.sender.Send(1)));
      EXPECT_THAT(receiver_.Recv(), IsOkAndHolds(HasText("behind")));
    }
  };
  expect_closed(by_recv);
  expect_closed(by_try_recv);
  expect_closed(by_recv_into);
  expect_closed(by_try_recv_into);
}

TEST_F(BytesChannelTest, BytesAreNoValueAndAValueIsBytes) {
  const Sender<std::string> values(sender_.raw());
  ASSERT_OK(values.Send("value"));
  ASSERT_OK_AND_ASSIGN(const Bytes encoded, receiver_.Recv());
  EXPECT_TRUE(
      std::ranges::equal(encoded, *serialize::Encode(std::string("value"))));
  ASSERT_OK(sender_.Send("bytes"));
  Receiver<std::string> receiver(std::move(receiver_.raw()));
  EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kDataLoss));
}

struct Pipes {
  std::string name;
  std::vector<std::optional<BytesReceiver>> in;
  BytesSender out;
};

TEST_F(BytesChannelTest, EndsTravelInMessagesAtAnyDepth) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(ChannelEnds<Pipes> carrier, Channel<Pipes>());
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds in, BytesChannel());
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds out, BytesChannel());
  ASSERT_OK(in.sender.Send("queued"));
  Pipes pipes = {.name = "pipes", .out = std::move(out.sender)};
  pipes.in.emplace_back();
  pipes.in.emplace_back(std::move(in.receiver));
  ASSERT_OK(carrier.sender.Send(std::move(pipes)));
  ASSERT_OK(in.sender.Send("later"));
  {
    ASSERT_OK_AND_ASSIGN(Pipes arrived, carrier.receiver.Recv());
    ASSERT_EQ(arrived.in.size(), 2u);
    EXPECT_FALSE(arrived.in[0].has_value());
    EXPECT_THAT(arrived.in[1]->Recv(), IsOkAndHolds(HasText("queued")));
    EXPECT_THAT(arrived.in[1]->Recv(), IsOkAndHolds(HasText("later")));
    ASSERT_OK(arrived.out.Send("back"));
  }
  EXPECT_THAT(out.receiver.Recv(), IsOkAndHolds(HasText("back")));
  EXPECT_TRUE(IsDisconnected(out.receiver.Recv().status()));
  EXPECT_TRUE(IsDisconnected(in.sender.Send("nobody")));
}

TEST_F(BytesChannelTest, AFailedSendLeavesTheEndsWithTheCaller) {
  ASSERT_OK_AND_ASSIGN(ChannelEnds<Pipes> carrier, Channel<Pipes>());
  carrier.receiver = {};
  Pipes pipes = {.out = sender_};
  pipes.in.emplace_back(std::move(receiver_));
  EXPECT_TRUE(IsDisconnected(carrier.sender.Send(std::move(pipes))));
  ASSERT_OK(pipes.out.Send("still here"));
  EXPECT_THAT(pipes.in[0]->Recv(), IsOkAndHolds(HasText("still here")));
}

TEST_F(BytesChannelTest, ManyThreadsMaySendThroughOneSender) {
  constexpr std::size_t kThreads = 3;
  constexpr std::size_t kEach = 400;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      // The length says who, and the first byte which.
      std::vector<std::byte> bytes(t + 1);
      for (std::size_t i = 0; i < kEach; ++i) {
        bytes[0] = static_cast<std::byte>(i % 256);
        ASSERT_OK(sender_.Send(bytes));
      }
    });
  }
  std::vector<std::size_t> next(kThreads, 0);
  Bytes bytes;
  for (std::size_t n = 0; n < kThreads * kEach; ++n) {
    ASSERT_OK(receiver_.RecvInto(bytes));
    std::size_t& expected = next.at(bytes.size() - 1);
    EXPECT_EQ(*bytes.data(), static_cast<std::byte>(expected++ % 256));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(receiver_.TryRecvInto(bytes), IsOkAndHolds(false));
}

}  // namespace
}  // namespace ipc_channel
