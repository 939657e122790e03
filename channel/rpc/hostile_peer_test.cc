// Clients and servers whose peers write the messages by hand.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/channel/rpc/rpc_testing.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::rpc {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr std::uint64_t kGreatest = std::numeric_limits<std::uint64_t>::max();

using Word = std::string;
using RawClient = ClientEnds<Word, Word>;
using RawServer = ServerEnds<Word, Word>;

ToServer<Word> AskOf(std::uint64_t serial, Word request = "ask",
                     absl::Time deadline = absl::InfiniteFuture()) {
  return {serial, Ask<Word>{deadline, std::move(request)}};
}
ToServer<Word> CancelOf(std::uint64_t serial, std::uint64_t id) {
  return {serial, Cancel{id}};
}

// A client that writes its messages by hand, before a server.
class HostileClientTest : public ::testing::Test {
 protected:
  HostileClientTest() : HostileClientTest(ServerOptions()) {}
  explicit HostileClientTest(const ServerOptions& options) {
    auto ends = MakeEnds<Word, Word>();
    client_ = std::move(ends.first);
    server_.emplace(MakeServer<Word, Word>(std::move(ends.second), options));
  }

  // The server is as good as new for this client.
  void ExpectServesCall(std::uint64_t serial) {
    ASSERT_OK(client_->sender.SendUntil(AskOf(serial, "good"), Soon()));
    ASSERT_OK_AND_ASSIGN(auto call, server_->NextUntil(Soon()));
    EXPECT_EQ(call.request(), "good");
    ASSERT_OK(call.Respond("fine"));
    ASSERT_OK_AND_ASSIGN(const ToClient<Word> answer,
                         client_->receiver.RecvUntil(Soon()));
    EXPECT_EQ(answer.id, serial);
    EXPECT_EQ(std::get<Word>(answer.answer), "fine");
  }

  void ExpectRefused(std::uint64_t id, absl::StatusCode code) {
    EXPECT_THAT(server_->TryNext(), IsOkAndHolds(Eq(std::nullopt)));
    ASSERT_OK_AND_ASSIGN(const ToClient<Word> answer,
                         client_->receiver.RecvUntil(Soon()));
    EXPECT_EQ(answer.id, id);
    EXPECT_THAT(std::get<absl::Status>(answer.answer), StatusIs(code));
  }

  const ExpectNoFdLeak no_leak_;
  std::optional<RawClient> client_;
  std::optional<Server<Word, Word>> server_;
};

TEST_F(HostileClientTest, ReusesSerials) {
  ASSERT_OK(client_->sender.Send(AskOf(7)));
  ASSERT_OK_AND_ASSIGN(auto first, server_->NextUntil(Soon()));
  for (const std::uint64_t serial : {7, 3, 0}) {
    ASSERT_OK(client_->sender.Send(AskOf(serial)));
    ExpectRefused(serial, absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(first.cancelled());
  ASSERT_OK(first.Respond("first"));
  ASSERT_OK(client_->receiver.RecvUntil(Soon()));
  ExpectServesCall(8);
}

TEST_F(HostileClientTest, UsesUpTheSerials) {
  ASSERT_OK(client_->sender.Send(AskOf(kGreatest)));
  ASSERT_OK_AND_ASSIGN(auto last, server_->NextUntil(Soon()));
  ASSERT_OK(Sender<int>(client_->sender.raw()).Send(1));
  ASSERT_OK(client_->sender.Send(AskOf(1)));
  ExpectRefused(1, absl::StatusCode::kInvalidArgument);
  ASSERT_OK(last.Respond("the last one"));
  ASSERT_OK(client_->receiver.RecvUntil(Soon()));
}

TEST_F(HostileClientTest, CancelsWhatIsNotThere) {
  ASSERT_OK(client_->sender.Send(AskOf(1)));
  ASSERT_OK_AND_ASSIGN(auto call, server_->NextUntil(Soon()));
  std::uint64_t serial = 2;
  for (const std::uint64_t id :
       {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{99}, kGreatest}) {
    ASSERT_OK(client_->sender.Send(CancelOf(serial++, id)));
  }
  EXPECT_THAT(server_->TryNext(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_FALSE(call.cancelled());
  ASSERT_OK(client_->sender.Send(CancelOf(serial++, 1)));
  ASSERT_OK(client_->sender.Send(CancelOf(serial++, 1)));
  EXPECT_THAT(server_->TryNext(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_TRUE(call.cancelled());
  EXPECT_THAT(call.Respond("too late"), StatusIs(absl::StatusCode::kCancelled));
  ExpectServesCall(serial);
}

// In a loop that tells news alone nobody would look again.
TEST_F(HostileClientTest, SendsMuchThatIsNoCallBeforeOne) {
  std::uint64_t serial = 1;
  while (serial < 200) {
    ASSERT_OK(client_->sender.Send(CancelOf(serial++, 0)));
  }
  ASSERT_OK(client_->sender.Send(AskOf(serial, "at last")));
  while (true) {
    ASSERT_OK_AND_ASSIGN(auto call, server_->TryNext());
    if (call.has_value()) break;
    ASSERT_EQ(server_->deadline(), absl::InfinitePast());
  }
  EXPECT_THAT(server_->TryNext(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_GT(server_->deadline(), absl::Now());
}

TEST_F(HostileClientTest, SendsWhatIsNoRequest) {
  ASSERT_OK(Sender<int>(client_->sender.raw()).Send(1));
  ExpectRefused(1, absl::StatusCode::kDataLoss);
  ASSERT_OK(BytesSender(client_->sender.raw()).Send(""));
  ExpectRefused(2, absl::StatusCode::kDataLoss);
  ASSERT_OK(Sender<UniqueFd>(client_->sender.raw())
                .Send(UniqueFd(::dup(STDERR_FILENO))));
  ExpectRefused(3, absl::StatusCode::kDataLoss);
  ExpectServesCall(4);
}

// The beginning is a request's, so that it is known which one is malformed.
TEST_F(HostileClientTest, SendsARequestThatIsCutOff) {
  ASSERT_OK_AND_ASSIGN(std::vector<std::byte> bytes,
                       serialize::Encode(AskOf(50)));
  bytes.pop_back();
  ASSERT_OK(BytesSender(client_->sender.raw()).Send(bytes));
  ExpectRefused(50, absl::StatusCode::kDataLoss);
  ExpectServesCall(51);
}

TEST_F(HostileClientTest, AsksWithDeadlinesOfAnyKind) {
  ASSERT_OK(client_->sender.Send(AskOf(1, "", absl::InfinitePast())));
  ExpectRefused(1, absl::StatusCode::kDeadlineExceeded);
  ASSERT_OK(client_->sender.Send(AskOf(2, "", absl::UnixEpoch())));
  ExpectRefused(2, absl::StatusCode::kDeadlineExceeded);
  const absl::Time far =
      absl::UnixEpoch() +
      absl::Seconds(std::numeric_limits<std::int64_t>::max());
  ASSERT_OK(client_->sender.Send(AskOf(3, "", far)));
  ASSERT_OK_AND_ASSIGN(const auto call, server_->NextUntil(Soon()));
  EXPECT_EQ(call.deadline(), far);
}

TEST_F(HostileClientTest, IsGoneWithCallsUnanswered) {
  ASSERT_OK(client_->sender.Send(AskOf(1)));
  ASSERT_OK_AND_ASSIGN(auto call, server_->NextUntil(Soon()));
  client_.reset();
  EXPECT_TRUE(IsDisconnected(server_->NextUntil(Soon()).status()));
  EXPECT_TRUE(call.cancelled());
  EXPECT_TRUE(IsDisconnected(call.Respond("nobody")));
}

// Its way back is the server's own ear: each answer is a message that is no
// request, and is answered. Nobody else holds that channel, so that it would
// never end.
TEST_F(HostileClientTest, LeadsAnswersBackToTheServer) {
  auto ends = MakeEnds<Word, Word>();
  Sender<ToServer<Word>> ear = std::move(ends.first.sender);
  auto server = MakeServer<Word, Word>(
      {Sender<ToClient<Word>>(ear.raw()), std::move(ends.second.receiver)});
  ASSERT_OK(ear.Send(AskOf(1)));
  ear = {};
  ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
  ASSERT_OK(call.Respond("to itself"));
  EXPECT_TRUE(IsDisconnected(server.NextUntil(Soon()).status()));
}

// Only its requests come: where answers should go nobody receives.
TEST_F(HostileClientTest, HasNoEarForAnswers) {
  ASSERT_OK(client_->sender.Send(AskOf(1)));
  client_->receiver = {};
  ASSERT_OK_AND_ASSIGN(auto call, server_->NextUntil(Soon()));
  EXPECT_TRUE(IsDisconnected(call.Respond("nobody")));
  ASSERT_OK(client_->sender.Send(AskOf(2)));
  EXPECT_THAT(server_->NextUntil(Soon()), IsOk());
}

class FloodingClientTest : public HostileClientTest {
 protected:
  static constexpr std::size_t kMaxCalls = 8;
  FloodingClientTest() : HostileClientTest({.max_calls = kMaxCalls}) {}
};

// Asks for ever and reads nothing. What the server keeps for it is bounded, and
// no call of the server's waits.
TEST_F(FloodingClientTest, IsHungUpOn) {
  std::vector<IncomingCall<Word, Word>> calls;
  std::uint64_t serial = 1;
  absl::Status ended;
  while (ended.ok()) {
    ASSERT_LT(serial, 100'000) << "it was never hung up on";
    client_->sender.TrySend(AskOf(serial++)).IgnoreError();
    absl::StatusOr<std::optional<IncomingCall<Word, Word>>> call =
        server_->TryNext();
    ended = call.status();
    if (call.ok() && call->has_value()) calls.push_back(**std::move(call));
    ASSERT_LE(calls.size(), kMaxCalls);
  }
  EXPECT_TRUE(IsDisconnected(ended));
  EXPECT_THAT(ended.message(), HasSubstr("does not read"));
  for (auto& call : calls) {
    EXPECT_TRUE(call.cancelled());
    EXPECT_TRUE(IsDisconnected(call.Respond("")));
  }
  EXPECT_TRUE(IsDisconnected(client_->sender.Send(AskOf(serial))));
}

// Answered all the same, the calls are as many as there may be.
TEST_F(FloodingClientTest, KeepsNoMoreAnswersWaiting) {
  const Word large(60'000, 'x');
  std::size_t given = 0;
  std::uint64_t serial = 1;
  absl::Status ended;
  while (ended.ok()) {
    ASSERT_LT(serial, 100'000) << "it was never hung up on";
    client_->sender.TrySend(AskOf(serial++)).IgnoreError();
    absl::StatusOr<std::optional<IncomingCall<Word, Word>>> call =
        server_->TryNext();
    ended = call.status();
    if (!call.ok() || !call->has_value()) continue;
    ++given;
    EXPECT_OK((*call)->Respond(large));
  }
  // What lies in the channel is of the client's, and a few of these fit there;
  // in process more.
  EXPECT_LE(given, kMaxCalls + 256);
}

TEST_F(FloodingClientTest, CancelsFasterThanCallsEnd) {
  std::vector<IncomingCall<Word, Word>> calls;
  std::uint64_t serial = 1;
  for (std::size_t i = 0; i < kMaxCalls; ++i) {
    ASSERT_OK(client_->sender.Send(AskOf(serial)));
    ASSERT_OK_AND_ASSIGN(auto call, server_->NextUntil(Soon()));
    calls.push_back(std::move(call));
    ASSERT_OK(client_->sender.Send(CancelOf(serial + 1, serial)));
    serial += 2;
  }
  ASSERT_OK(client_->sender.Send(AskOf(serial)));
  ExpectRefused(serial, absl::StatusCode::kResourceExhausted);
  calls.clear();
  ExpectServesCall(serial + 1);
}

TEST(LostRequestTest, IsAnsweredAndNoOtherIsHarmed) {
  const ExpectNoFdLeak no_leak;
  auto ends = MakeEnds<UniqueFd, int>();
  // Any request with a descriptor is lost on its way.
  ends.second.receiver.raw().SetMaxMessageHandles(0);
  const auto client = MakeClient<UniqueFd, int>(std::move(ends.first));
  auto server = MakeServer<UniqueFd, int>(std::move(ends.second));
  ASSERT_OK_AND_ASSIGN(auto one,
                       client.Start(UniqueFd(::dup(STDERR_FILENO)), BySoon()));
  ASSERT_OK_AND_ASSIGN(auto two,
                       client.Start(UniqueFd(::dup(STDERR_FILENO)), BySoon()));
  EXPECT_THAT(server.TryNext(), IsOkAndHolds(Eq(std::nullopt)));
  for (auto* call : {&two, &one}) {
    EXPECT_THAT(call->Get(), StatusIs(absl::StatusCode::kDataLoss,
                                      HasSubstr("request was lost")));
  }
}

TEST(LostRequestTest, OneOverTheDecodeLimitsIsAnsweredAndNoOtherIsHarmed) {
  auto ends = MakeEnds<Word, Word>();
  ends.second.receiver.SetDecodeLimits(
      {.max_allocated_bytes = 100, .max_allocated_per_input_byte = 0});
  const auto client = MakeClient<Word, Word>(std::move(ends.first));
  auto server = MakeServer<Word, Word>(std::move(ends.second));
  ASSERT_OK_AND_ASSIGN(auto before, client.Start("before", BySoon()));
  ASSERT_OK_AND_ASSIGN(auto large, client.Start(Word(1000, 'x'), BySoon()));
  ASSERT_OK_AND_ASSIGN(auto after, client.Start("after", BySoon()));
  for (const Word expected : {"before", "after"}) {
    ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
    EXPECT_EQ(call.request(), expected);
    ASSERT_OK(call.Respond(expected));
  }
  const absl::Status lost = large.Get().status();
  EXPECT_THAT(lost, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ServerCode(lost), Optional(absl::StatusCode::kDataLoss));
  EXPECT_THAT(before.Get(), IsOkAndHolds("before"));
  EXPECT_THAT(after.Get(), IsOkAndHolds("after"));
}

// A server that writes its messages by hand, before a client.
class HostileServerTest : public ::testing::Test {
 protected:
  HostileServerTest() { StartAnew({}); }

  void StartAnew(const ClientOptions& options) {
    auto ends = MakeEnds<Word, Word>();
    past_the_client_ = ends.first.sender;
    client_.emplace(MakeClient<Word, Word>(std::move(ends.first), options));
    server_ = std::move(ends.second);
  }

  // Leaves no room in the channel to the server. How many messages that took,
  // whose serial is 0.
  std::size_t FillTheChannel() {
    std::size_t count = 0;
    for (const Word& filler : {Word(60'000, 'x'), Word()}) {
      absl::Status full;
      while ((full = past_the_client_.TrySend(AskOf(0, filler))).ok()) ++count;
      EXPECT_TRUE(IsFull(full)) << full;
    }
    past_the_client_ = {};
    return count;
  }

  // A call that has been sent, whose id is `id`.
  PendingCall<Word> Ask(std::uint64_t id) {
    absl::StatusOr<PendingCall<Word>> call = client_->Start("ask", BySoon());
    EXPECT_THAT(call, IsOk());
    absl::StatusOr<ToServer<Word>> asked = server_->receiver.RecvUntil(Soon());
    EXPECT_THAT(asked, IsOk());
    EXPECT_EQ(asked->serial, id);
    return *std::move(call);
  }

  void Answer(std::uint64_t id, const Word& word) {
    ASSERT_OK(server_->sender.SendUntil({id, word}, Soon()));
  }
  void Answer(std::uint64_t id, const absl::Status& status) {
    ASSERT_OK(server_->sender.SendUntil({id, status}, Soon()));
  }

  const ExpectNoFdLeak no_leak_;
  Sender<ToServer<Word>> past_the_client_;
  std::optional<Client<Word, Word>> client_;
  std::optional<RawServer> server_;
};

TEST_F(HostileServerTest, AnswersTwiceAndWhatWasNotAsked) {
  PendingCall<Word> one = Ask(1);
  for (const std::uint64_t id :
       {std::uint64_t{0}, std::uint64_t{2}, kGreatest}) {
    Answer(id, "nobody asked");
  }
  Answer(1, "first");
  Answer(1, "second");
  EXPECT_THAT(one.Get(), IsOkAndHolds("first"));
  PendingCall<Word> two = Ask(2);
  EXPECT_THAT(two.TryGet(), IsOkAndHolds(Eq(std::nullopt)));
  Answer(2, "two");
  EXPECT_THAT(two.Get(), IsOkAndHolds("two"));
}

TEST_F(HostileServerTest, AnswersWithAMalformedMessageOfAKnownCall) {
  PendingCall<Word> one = Ask(1);
  PendingCall<Word> two = Ask(2);
  ASSERT_OK_AND_ASSIGN(std::vector<std::byte> bytes,
                       serialize::Encode(ToClient<Word>{2, Word("cut off")}));
  bytes.pop_back();
  ASSERT_OK(BytesSender(server_->sender.raw()).Send(bytes));
  Answer(1, "whole");
  const absl::Status lost = two.Get().status();
  EXPECT_THAT(lost, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ServerCode(lost), std::nullopt);
  EXPECT_THAT(one.Get(), IsOkAndHolds("whole"));
}

TEST_F(HostileServerTest, AnswersWithWhatIsNoAnswer) {
  PendingCall<Word> one = Ask(1);
  PendingCall<Word> two = Ask(2);
  ASSERT_OK(Sender<int>(server_->sender.raw()).Send(1));
  EXPECT_THAT(one.Get(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(two.Get(), StatusIs(absl::StatusCode::kDataLoss));
  PendingCall<Word> three = Ask(3);
  Answer(3, "three");
  EXPECT_THAT(three.Get(), IsOkAndHolds("three"));
}

TEST_F(HostileServerTest, AnswersOkWithoutAResponse) {
  PendingCall<Word> call = Ask(1);
  Answer(1, absl::OkStatus());
  EXPECT_THAT(call.Get(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(HostileServerTest, SpeaksAsTheChannelDoes) {
  PendingCall<Word> one = Ask(1);
  PendingCall<Word> two = Ask(2);
  Answer(1, transport::FullError());
  Answer(2, transport::DisconnectedError("gone"));
  const absl::Status full = one.Get().status();
  EXPECT_FALSE(IsFull(full));
  EXPECT_THAT(ServerCode(full), Optional(absl::StatusCode::kResourceExhausted));
  const absl::Status gone = two.Get().status();
  EXPECT_FALSE(IsDisconnected(gone));
  EXPECT_THAT(ServerCode(gone), Optional(absl::StatusCode::kUnavailable));
}

TEST_F(HostileServerTest, StallsUntilTheDeadline) {
  EXPECT_THAT(
      client_->Call("", {.deadline = absl::Now() + absl::Milliseconds(5)}),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
}

// The channel is full, and stays so.
TEST_F(HostileServerTest, DoesNotReadUntilTheDeadline) {
  std::vector<PendingCall<Word>> calls;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(PendingCall<Word> call, client_->Start("", BySoon()));
    calls.push_back(std::move(call));
  }
  FillTheChannel();
  EXPECT_THAT(
      client_->Start("", {.deadline = absl::Now() + absl::Milliseconds(5)}),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  std::stop_source source;
  std::jthread stopper([&source] {
    absl::SleepFor(absl::Milliseconds(5));
    source.request_stop();
  });
  EXPECT_THAT(
      client_->Call("", {.deadline = Soon(), .stop = source.get_token()}),
      StatusIs(absl::StatusCode::kCancelled));
  // The cancellations cannot be sent, and are before anything else is.
  const std::size_t cancelled = calls.size();
  calls.clear();
  std::jthread reads([&server = *server_, cancelled] {
    std::uint64_t last = 0;
    std::size_t told = 0;
    while (true) {
      absl::StatusOr<ToServer<Word>> message =
          server.receiver.RecvUntil(Soon());
      if (!message.ok()) return;
      if (message->serial == 0) continue;  // what filled the channel
      EXPECT_EQ(message->serial, last + 1) << "in order, without a gap";
      last = message->serial;
      if (std::holds_alternative<Cancel>(message->what)) ++told;
      if (!std::holds_alternative<rpc::Ask<Word>>(message->what)) continue;
      if (std::get<rpc::Ask<Word>>(message->what).request != "now") continue;
      EXPECT_EQ(told, cancelled);
      EXPECT_OK(server.sender.Send({message->serial, Word("yes")}));
    }
  });
  EXPECT_THAT(client_->Call("now", BySoon()), IsOkAndHolds("yes"));
  client_.reset();
}

// One call waits for room, another for its turn to send. The turn's end is
// seen, although no message comes.
TEST_F(HostileServerTest, DoesNotReadWhileTwoWouldSend) {
  const std::size_t queued = FillTheChannel();
  std::jthread first([&] {
    EXPECT_THAT(
        client_->Start("", {.deadline = absl::Now() + absl::Milliseconds(100)}),
        StatusIs(absl::StatusCode::kDeadlineExceeded));
  });
  absl::SleepFor(absl::Milliseconds(20));
  std::jthread second(
      [&] { EXPECT_THAT(client_->Start("", BySoon()), IsOk()); });
  first.join();
  for (std::size_t i = 0; i < queued; ++i) {
    ASSERT_OK(server_->receiver.RecvUntil(Soon()));
  }
  second.join();
}

// One that waits for a place receives for all, until another call takes the
// place and waits for room: then there is nothing in it for the one, and the
// next one has to receive.
TEST_F(HostileServerTest, AnswersWhileOneWaitsForAPlaceAndOneForRoom) {
  StartAnew({.max_calls = 2});
  // Without a deadline: at that it would look, whoever leads.
  ASSERT_OK_AND_ASSIGN(PendingCall<Word> answered, client_->Start("ask"));
  ASSERT_OK(server_->receiver.RecvUntil(Soon()));
  std::optional<PendingCall<Word>> dropped = Ask(2);
  FillTheChannel();
  std::stop_source source;
  const auto is_stopped = [&] {
    EXPECT_THAT(
        client_->Start("", {.deadline = Soon(), .stop = source.get_token()}),
        StatusIs(absl::StatusCode::kCancelled));
  };
  std::jthread waits_for_place(is_stopped);
  absl::SleepFor(absl::Milliseconds(5));
  std::jthread waits_for_answer(
      [&] { EXPECT_THAT(answered.Get(), IsOkAndHolds("one")); });
  absl::SleepFor(absl::Milliseconds(5));
  dropped.reset();
  std::jthread waits_for_room(is_stopped);
  absl::SleepFor(absl::Milliseconds(30));
  Answer(1, "one");
  waits_for_answer.join();
  source.request_stop();
}

// Answers nobody's calls without an end. Whoever waits leaves at his deadline,
// be it his turn to receive or not.
TEST_F(HostileServerTest, FloodsItsClient) {
  std::jthread floods([&server = *server_](std::stop_token stop) {
    while (!stop.stop_requested()) {
      server.sender.TrySend({kGreatest, Word("flood")}).IgnoreError();
    }
  });
  std::vector<std::jthread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([this] {
      EXPECT_THAT(
          client_->Call("", {.deadline = absl::Now() + absl::Milliseconds(50)}),
          StatusIs(absl::StatusCode::kDeadlineExceeded));
    });
  }
  callers.clear();
  ASSERT_OK_AND_ASSIGN(PendingCall<Word> call, client_->Start("", BySoon()));
  EXPECT_THAT(call.TryGet(), IsOkAndHolds(Eq(std::nullopt)));
}

TEST_F(HostileServerTest, IsGoneWithCallsUnanswered) {
  PendingCall<Word> call = Ask(1);
  server_.reset();
  EXPECT_TRUE(IsDisconnected(call.Get().status()));
}

TEST(LateAnswerTest, ClosesWhatItBrings) {
  auto ends = MakeEnds<int, UniqueFd>();
  const auto client = MakeClient<int, UniqueFd>(std::move(ends.first));
  const auto server = std::move(ends.second);
  ASSERT_OK_AND_ASSIGN(auto kept, client.Start(1, BySoon()));
  const ExpectNoFdLeak no_leak;
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK(server.sender.Send(
        {static_cast<std::uint64_t>(100 + i), UniqueFd(::dup(STDERR_FILENO))}));
  }
  EXPECT_THAT(kept.TryGet(), IsOkAndHolds(Eq(std::nullopt)));
}

TEST(LostAnswerTest, IsToldToAllWhoWait) {
  const ExpectNoFdLeak no_leak;
  auto ends = MakeEnds<int, UniqueFd>();
  ends.first.receiver.raw().SetMaxMessageHandles(0);
  const auto client = MakeClient<int, UniqueFd>(std::move(ends.first));
  auto server = MakeServer<int, UniqueFd>(std::move(ends.second));
  ASSERT_OK_AND_ASSIGN(auto one, client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(auto two, client.Start(2, BySoon()));
  ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
  ASSERT_OK(call.Respond(UniqueFd(::dup(STDERR_FILENO))));
  EXPECT_THAT(one.Get(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(two.Get(), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace ipc_channel::rpc
