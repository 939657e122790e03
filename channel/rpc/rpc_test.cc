#include "ipc_channel/channel/rpc/rpc.h"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/rpc/rpc_testing.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel {
namespace rpc {

// Has code that runs when one arrives, and when one that has arrived ends.
struct Lease {
  static inline std::function<void()> on_read;
  static inline std::function<void()> on_end;

  Lease() = default;
  Lease(Lease&& other) noexcept
      : is_held(std::exchange(other.is_held, false)) {}
  Lease& operator=(Lease&& other) noexcept {
    std::swap(is_held, other.is_held);
    return *this;
  }
  ~Lease() {
    if (is_held && on_end) on_end();
  }

  bool is_held = false;
};

// Cannot be written.
struct Grudge {};

}  // namespace rpc

template <>
struct serialize::SerializeTraits<rpc::Lease> {
  static constexpr std::size_t kMinWireSize = 1;

  static constexpr void Describe(Schema& schema) { schema.Name("Lease"); }
  template <class Out>
  static void Write(Out& out, const rpc::Lease& /*lease*/) {
    out.Write(true);
  }
  static bool Read(Reader& in, rpc::Lease& lease) {
    if (!in.Read(lease.is_held)) return false;
    if (rpc::Lease::on_read) rpc::Lease::on_read();
    return true;
  }
};

template <>
struct serialize::SerializeTraits<rpc::Grudge> {
  static constexpr std::size_t kMinWireSize = 0;

  static constexpr void Describe(Schema& schema) { schema.Name("Grudge"); }
  template <class Out>
  static void Write(Out& /*out*/, const rpc::Grudge& /*grudge*/) {
    throw std::runtime_error("never");
  }
  static bool Read(Reader& /*in*/, rpc::Grudge& /*grudge*/) { return true; }
};

namespace rpc {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

using IntClient = Client<int, int>;
using IntServer = Server<int, int>;
using IntCall = IntServer::Call;

// A server in a thread of its own, which calls `handle` with each call until
// the client is gone.
template <class Request, class Response>
class Service {
 public:
  using Call = IncomingCall<Request, Response>;

  Service(Server<Request, Response> server, std::function<void(Call)> handle)
      : thread_(
            [server = std::move(server), handle = std::move(handle)]() mutable {
              while (true) {
                absl::StatusOr<Call> call = server.NextUntil(Soon());
                if (!call.ok()) {
                  EXPECT_TRUE(IsDisconnected(call.status())) << call.status();
                  return;
                }
                handle(*std::move(call));
              }
            }) {}

 private:
  std::jthread thread_;
};

TEST(RpcTest, AnswersWhatIsAsked) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<std::string, std::uint64_t>();
  const Service<std::string, std::uint64_t> service(
      std::move(server), [](IncomingCall<std::string, std::uint64_t> call) {
        EXPECT_OK(call.Respond(call.request().size()));
      });
  const auto caller = std::move(client);
  EXPECT_THAT(caller.Call("four", BySoon()), IsOkAndHolds(4));
  const std::string five = "fives";
  EXPECT_THAT(caller.Call(five, BySoon()), IsOkAndHolds(5));
}

TEST(RpcTest, AnswersGoToTheirCallsInWhateverOrder) {
  auto [client, server] = MakePair<int, int>();
  std::vector<PendingCall<int>> pending;
  std::vector<IntCall> calls;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(PendingCall<int> call, client.Start(i, BySoon()));
    pending.push_back(std::move(call));
    ASSERT_OK_AND_ASSIGN(IntCall incoming, server.NextUntil(Soon()));
    calls.push_back(std::move(incoming));
  }
  for (const int i : {1, 2, 0}) {
    ASSERT_OK(calls[i].Respond(10 * calls[i].request()));
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(pending[i].Get(), IsOkAndHolds(10 * i));
  }
}

TEST(RpcTest, ManyThreadsCallOverOneConnection) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 200;
  auto [client, server] = MakePair<int, int>();
  std::vector<IntCall> kept;
  std::jthread serving([&kept, server = std::move(server)]() mutable {
    // Answers in another order, as soon as nobody else asks.
    while (true) {
      absl::StatusOr<IntCall> call =
          server.NextUntil(kept.empty() ? Soon() : absl::InfinitePast());
      if (call.ok()) {
        kept.push_back(*std::move(call));
        continue;
      }
      if (!absl::IsDeadlineExceeded(call.status())) return;
      while (!kept.empty()) {
        EXPECT_OK(kept.back().Respond(kept.back().request() + 1));
        kept.pop_back();
      }
    }
  });
  {
    const IntClient shared = std::move(client);
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&shared, i] {
        for (int k = 0; k < kCalls; ++k) {
          const int question = i * kCalls + k;
          EXPECT_THAT(shared.Call(question, BySoon()),
                      IsOkAndHolds(question + 1));
        }
      });
    }
  }
}

struct Errand {
  UniqueFd file;
  Receiver<int> numbers;
};
struct Result {
  Sender<int> more;
};

UniqueFd NewFd() { return UniqueFd(::dup(STDERR_FILENO)); }

TEST(RpcTest, RequestsAndResponsesOwnHandles) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<Errand, Result>();
  ASSERT_OK_AND_ASSIGN(auto numbers, Channel<int>());
  Errand errand = {NewFd(), std::move(numbers.receiver)};
  ASSERT_OK_AND_ASSIGN(PendingCall<Result> pending,
                       client.Start(std::move(errand), BySoon()));
  EXPECT_FALSE(errand.file.valid());
  EXPECT_FALSE(errand.numbers.valid());
  ASSERT_OK(numbers.sender.Send(5));
  ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
  EXPECT_TRUE(call.request().file.valid());
  EXPECT_THAT(call.request().numbers.RecvUntil(Soon()), IsOkAndHolds(5));
  ASSERT_OK_AND_ASSIGN(auto more, Channel<int>());
  Result result = {std::move(more.sender)};
  ASSERT_OK(call.Respond(std::move(result)));
  EXPECT_FALSE(result.more.valid());
  ASSERT_OK_AND_ASSIGN(const Result answer, pending.Get());
  ASSERT_OK(answer.more.Send(6));
  EXPECT_THAT(more.receiver.RecvUntil(Soon()), IsOkAndHolds(6));
}

TEST(RpcTest, AFailedStartTakesNothingAndHarmsNoOtherCall) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<Errand, Result>();
  Errand incomplete = {NewFd(), {}};
  EXPECT_THAT(client.Start(std::move(incomplete), BySoon()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(incomplete.file.valid());
  ASSERT_OK_AND_ASSIGN(auto numbers, Channel<int>());
  incomplete.numbers = std::move(numbers.receiver);
  ASSERT_OK_AND_ASSIGN(const PendingCall<Result> pending,
                       client.Start(std::move(incomplete), BySoon()));
  EXPECT_THAT(server.NextUntil(Soon()), IsOk());
}

TEST(RpcTest, ARequestThatThrowsHarmsNoOtherCall) {
  auto [client, server] = MakePair<std::optional<Grudge>, int>();
  EXPECT_THAT(client.Start(Grudge(), BySoon()),
              StatusIs(absl::StatusCode::kInternal));
  ASSERT_OK_AND_ASSIGN(auto pending, client.Start(std::nullopt, BySoon()));
  ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
  ASSERT_OK(call.Respond(1));
  EXPECT_THAT(pending.Get(), IsOkAndHolds(1));
}

TEST(RpcTest, AResponseThatCannotBeSentLeavesTheCallToBeAnswered) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<int, Result>();
  ASSERT_OK_AND_ASSIGN(PendingCall<Result> pending, client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
  EXPECT_THAT(call.Respond(Result()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(call.is_answered());
  ASSERT_OK(call.Fail(absl::NotFoundError("no such thing")));
  EXPECT_THAT(pending.Get(), StatusIs(absl::StatusCode::kNotFound));
}

TEST(RpcTest, TheStatusOfTheServerArrivesAsItIs) {
  auto [client, server] = MakePair<int, int>();
  absl::Status failure = absl::NotFoundError("no such thing");
  failure.SetPayload("example.com/detail", absl::Cord("deep"));
  ASSERT_OK_AND_ASSIGN(PendingCall<int> pending, client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
  ASSERT_OK(call.Fail(failure));
  const absl::Status status = pending.Get().status();
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kNotFound, Eq("no such thing")));
  EXPECT_TRUE(status.GetPayload("example.com/detail").has_value());
  EXPECT_THAT(ServerCode(status), Optional(absl::StatusCode::kNotFound));
}

TEST(RpcTest, TheStatusOfTheServerNeverLooksLikeOneOfTheChannel) {
  auto [client, server] = MakePair<int, int>();
  for (const absl::Status& said :
       {transport::DisconnectedError("my own server is gone"),
        transport::FullError()}) {
    ASSERT_OK_AND_ASSIGN(PendingCall<int> pending, client.Start(1, BySoon()));
    ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
    ASSERT_OK(call.Fail(said));
    const absl::Status status = pending.Get().status();
    EXPECT_FALSE(status.ok());
    EXPECT_FALSE(IsDisconnected(status)) << status;
    EXPECT_FALSE(IsFull(status)) << status;
    EXPECT_EQ(status.message(), said.message());
    EXPECT_THAT(ServerCode(status), Optional(said.code()));
  }
  ASSERT_OK_AND_ASSIGN(PendingCall<int> pending, client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
  ASSERT_OK(call.Fail(absl::OkStatus()));
  EXPECT_THAT(pending.Get(), StatusIs(absl::StatusCode::kInternal));
}

TEST(RpcTest, ACallIsAnsweredOnce) {
  auto [client, server] = MakePair<int, int>();
  ASSERT_OK_AND_ASSIGN(PendingCall<int> pending, client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
  ASSERT_OK(call.Respond(2));
  EXPECT_TRUE(call.is_answered());
  EXPECT_THAT(call.Respond(3), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(call.Fail(absl::NotFoundError("")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(pending.Get(), IsOkAndHolds(2));
  EXPECT_TRUE(pending.is_over());
  EXPECT_THAT(pending.Get(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(RpcTest, ACallThatIsDroppedIsAnsweredSo) {
  auto [client, server] = MakePair<int, int>();
  ASSERT_OK_AND_ASSIGN(PendingCall<int> pending, client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(std::optional<IntCall> call, server.NextUntil(Soon()));
  call.reset();
  const absl::Status status = pending.Get().status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted,
                               HasSubstr("dropped the call")));
  EXPECT_THAT(ServerCode(status), Optional(absl::StatusCode::kAborted));
}

TEST(RpcTest, AnAssignedCallIsAnsweredToo) {
  auto [client, server] = MakePair<int, int>();
  ASSERT_OK_AND_ASSIGN(PendingCall<int> one, client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(PendingCall<int> two, client.Start(2, BySoon()));
  ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(call, server.NextUntil(Soon()));
  EXPECT_THAT(one.Get(), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(call.request(), 2);
  ASSERT_OK(call.Respond(4));
  EXPECT_THAT(two.Get(), IsOkAndHolds(4));
}

TEST(RpcTest, APendingCallIsLookedAtWithoutWaiting) {
  auto [client, server] = MakePair<int, int>();
  ASSERT_OK_AND_ASSIGN(PendingCall<int> pending, client.Start(1, BySoon()));
  EXPECT_THAT(pending.TryGet(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(pending.GetFor(absl::Milliseconds(2)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(pending.is_over()) << "the deadline of the call has not passed";
  ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
  EXPECT_FALSE(call.cancelled());
  ASSERT_OK(call.Respond(2));
  EXPECT_THAT(pending.TryGet(), IsOkAndHolds(Optional(2)));
}

TEST(RpcTest, TheDeadlineTravels) {
  auto [client, server] = MakePair<int, int>();
  const absl::Time deadline = absl::FromUnixSeconds(4'000'000'000);
  ASSERT_OK_AND_ASSIGN(const PendingCall<int> pending,
                       client.Start(1, {.deadline = deadline}));
  ASSERT_OK_AND_ASSIGN(const IntCall call, server.NextUntil(Soon()));
  EXPECT_EQ(call.deadline(), deadline);
  ASSERT_OK_AND_ASSIGN(const PendingCall<int> endless, client.Start(1));
  ASSERT_OK_AND_ASSIGN(const IntCall other, server.NextUntil(Soon()));
  EXPECT_EQ(other.deadline(), absl::InfiniteFuture());
}

TEST(RpcTest, ACallPastItsDeadlineIsNotSent) {
  auto [client, server] = MakePair<int, int>();
  EXPECT_THAT(client.Call(1, {.deadline = absl::Now()}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(server.TryNext(), IsOkAndHolds(Eq(std::nullopt)));
}

// Waits until the server has learnt that nobody waits for the answer.
template <class Request, class Response>
void AwaitCancelled(Server<Request, Response>& server,
                    const IncomingCall<Request, Response>& call) {
  const absl::Time deadline = Soon();
  while (!call.cancelled()) {
    ASSERT_LT(absl::Now(), deadline);
    ASSERT_THAT(server.NextFor(absl::Milliseconds(1)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
}

TEST(RpcTest, ACallThatIsLateIsCancelledAndItsAnswerDropped) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<int, Result>();
  const absl::Status late =
      client.Call(1, {.deadline = absl::Now() + absl::Milliseconds(20)})
          .status();
  EXPECT_THAT(late, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(ServerCode(late), std::nullopt);
  // By now it may be refused for its deadline, so one without follows.
  ASSERT_OK_AND_ASSIGN(std::optional<PendingCall<Result>> dropped,
                       client.Start(2));
  ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(auto kept, client.Start(3, BySoon()));
  ASSERT_OK_AND_ASSIGN(auto other, server.NextUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(auto channel, Channel<int>());
  ASSERT_OK(call.Respond(Result{channel.sender}));
  dropped.reset();
  ASSERT_OK(other.Respond(Result{std::move(channel.sender)}));
  ASSERT_OK(kept.Get());
  // The sender in the answer that nobody took is gone, and so is the other.
  EXPECT_TRUE(IsDisconnected(channel.receiver.RecvUntil(Soon()).status()));
}

TEST(RpcTest, DestroyingAPendingCallCancelsIt) {
  auto [client, server] = MakePair<int, int>();
  ASSERT_OK_AND_ASSIGN(std::optional<PendingCall<int>> pending,
                       client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
  std::atomic<bool> told = false;
  const std::stop_callback tell(call.stop_token(), [&told] { told = true; });
  EXPECT_FALSE(call.cancelled());
  pending.reset();
  AwaitCancelled(server, call);
  EXPECT_TRUE(told);
  EXPECT_THAT(call.Respond(2), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(call.is_answered());
}

// Nobody waits for an answer, and so nobody would receive any.
TEST(RpcTest, CallsThatAreDroppedAtOnceLeaveRoomForOthers) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<int, std::string>();
  const std::string large(50'000, 'x');
  for (int i = 0; i < 2'000; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto dropped, client.Start(i, BySoon()));
    ASSERT_OK_AND_ASSIGN(auto call, server.NextUntil(Soon()));
    ASSERT_OK(call.Respond(large));
  }
}

TEST(RpcTest, AResponseThatNobodyHasAnyMoreMayCallWhenItEnds) {
  auto [client, server] = MakePair<int, Lease>();
  ASSERT_OK_AND_ASSIGN(auto kept, client.Start(1, BySoon()));
  std::optional<PendingCall<Lease>> dropped;
  ASSERT_OK_AND_ASSIGN(dropped, client.Start(2, BySoon()));
  std::optional<IncomingCall<int, Lease>> first;
  ASSERT_OK_AND_ASSIGN(first, server.NextUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(auto second, server.NextUntil(Soon()));
  ASSERT_OK(second.Respond(Lease()));
  int ended = 0;
  Lease::on_read = [&dropped] { dropped.reset(); };
  Lease::on_end = [&ended, &client = client] {
    ++ended;
    EXPECT_OK(client.Start(3, BySoon()).status());
  };
  EXPECT_THAT(kept.TryGet().status(), IsOk());
  EXPECT_FALSE(dropped.has_value());
  EXPECT_EQ(ended, 1);
  Lease::on_read = Lease::on_end = nullptr;
}

TEST(RpcTest, AStopEndsACallWhoeverReceives) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<int, int>();
  const IntClient shared = std::move(client);
  std::stop_source source;
  std::jthread leads_or_follows([&] {
    EXPECT_THAT(
        shared.Call(1, {.deadline = Soon(), .stop = source.get_token()}),
        StatusIs(absl::StatusCode::kCancelled));
  });
  std::jthread follows_or_leads([&] {
    EXPECT_THAT(
        shared.Call(2, {.deadline = Soon(), .stop = source.get_token()}),
        StatusIs(absl::StatusCode::kCancelled));
  });
  std::jthread stays(
      [&] { EXPECT_THAT(shared.Call(3, BySoon()), IsOkAndHolds(3)); });
  std::vector<IntCall> calls;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
    calls.push_back(std::move(call));
  }
  source.request_stop();
  leads_or_follows.join();
  follows_or_leads.join();
  for (IntCall& call : calls) {
    if (call.request() == 3) {
      EXPECT_OK(call.Respond(3));
    } else {
      AwaitCancelled(server, call);
    }
  }
}

TEST(RpcTest, AStopThatWasRequestedBeforeSendsNothing) {
  auto [client, server] = MakePair<int, int>();
  std::stop_source source;
  source.request_stop();
  EXPECT_THAT(client.Call(1, {.deadline = Soon(), .stop = source.get_token()}),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(server.TryNext(), IsOkAndHolds(Eq(std::nullopt)));
}

TEST(RpcTest, WhoWouldCallWaitsForAPlace) {
  auto [client, server] = MakePair<int, int>({.max_calls = 1});
  ASSERT_OK_AND_ASSIGN(PendingCall<int> first, client.Start(1, BySoon()));
  EXPECT_THAT(
      client.Start(2, {.deadline = absl::Now() + absl::Milliseconds(5)}),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
  ASSERT_OK(call.Respond(10));
  // Nobody gets the first answer; who waits for the place receives it.
  ASSERT_OK_AND_ASSIGN(PendingCall<int> second, client.Start(2, BySoon()));
  ASSERT_OK_AND_ASSIGN(call, server.NextUntil(Soon()));
  EXPECT_EQ(call.request(), 2);
  ASSERT_OK(call.Respond(20));
  EXPECT_THAT(second.Get(), IsOkAndHolds(20));
  EXPECT_THAT(first.Get(), IsOkAndHolds(10));
}

TEST(RpcTest, ACancelledCallFreesItsPlace) {
  auto [client, server] = MakePair<int, int>({.max_calls = 1});
  ASSERT_OK_AND_ASSIGN(std::optional<PendingCall<int>> first,
                       client.Start(1, BySoon()));
  std::jthread waits([&client = client] {
    ASSERT_OK_AND_ASSIGN(const PendingCall<int> second,
                         client.Start(2, BySoon()));
  });
  first.reset();
  waits.join();
}

TEST(RpcTest, MoreCallsThanTheServerAllowsAreRefused) {
  auto [client, server] = MakePair<int, int>({}, {.max_calls = 2});
  std::vector<PendingCall<int>> pending;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(PendingCall<int> call, client.Start(i, BySoon()));
    pending.push_back(std::move(call));
  }
  ASSERT_OK_AND_ASSIGN(IntCall first, server.NextUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(IntCall second, server.NextUntil(Soon()));
  EXPECT_THAT(server.TryNext(), IsOkAndHolds(Eq(std::nullopt)));
  const absl::Status refused = pending[2].Get().status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ServerCode(refused),
              Optional(absl::StatusCode::kResourceExhausted));
  ASSERT_OK(first.Respond(1));
  ASSERT_OK_AND_ASSIGN(const PendingCall<int> again, client.Start(4, BySoon()));
  EXPECT_THAT(server.NextUntil(Soon()), IsOk());
}

TEST(RpcTest, CallsOfAClientThatIsGoneAreCancelled) {
  const ExpectNoFdLeak no_leak;
  auto pair = MakePair<int, int>();
  std::optional<IntClient> client = std::move(pair.client);
  IntServer server = std::move(pair.server);
  std::optional<PendingCall<int>> pending;
  ASSERT_OK_AND_ASSIGN(pending, client->Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(IntCall call, server.NextUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(std::optional<PendingCall<int>> other,
                       client->Start(2, BySoon()));
  client.reset();
  EXPECT_THAT(server.NextUntil(Soon()), IsOk()) << "it was sent";
  EXPECT_THAT(server.TryNext(), IsOkAndHolds(Eq(std::nullopt)))
      << "calls keep the connection up";
  other.reset();
  pending.reset();
  EXPECT_TRUE(IsDisconnected(server.NextUntil(Soon()).status()));
  EXPECT_TRUE(IsDisconnected(server.NextUntil(Soon()).status()));
  EXPECT_TRUE(call.cancelled());
  EXPECT_TRUE(IsDisconnected(call.Respond(2)));
}

TEST(RpcTest, CallsToAServerThatIsGoneAreTold) {
  const ExpectNoFdLeak no_leak;
  auto pair = MakePair<int, int>();
  const IntClient client = std::move(pair.client);
  std::optional<IntServer> server = std::move(pair.server);
  ASSERT_OK_AND_ASSIGN(PendingCall<int> answered, client.Start(1, BySoon()));
  ASSERT_OK_AND_ASSIGN(PendingCall<int> pending, client.Start(2, BySoon()));
  ASSERT_OK_AND_ASSIGN(IntCall call, server->NextUntil(Soon()));
  ASSERT_OK(call.Respond(10));
  ASSERT_OK_AND_ASSIGN(call, server->NextUntil(Soon()));
  const std::stop_token stop = call.stop_token();
  server.reset();
  EXPECT_TRUE(stop.stop_requested());
  EXPECT_TRUE(IsDisconnected(call.Respond(20)));
  const absl::Status gone = pending.Get().status();
  EXPECT_TRUE(IsDisconnected(gone));
  EXPECT_EQ(ServerCode(gone), std::nullopt);
  EXPECT_THAT(answered.Get(), IsOkAndHolds(10)) << "it came before the end";
  EXPECT_TRUE(IsDisconnected(client.Call(3, BySoon()).status()));
}

TEST(RpcTest, WaitingForACallEndsByDeadlineAndByStop) {
  const ExpectNoFdLeak no_leak;
  auto [client, server] = MakePair<int, int>();
  EXPECT_THAT(server.TryNext(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(server.NextFor(absl::Milliseconds(2)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  std::stop_source source;
  std::jthread stopper([&source] {
    absl::SleepFor(absl::Milliseconds(5));
    source.request_stop();
  });
  EXPECT_THAT(server.Next(source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  ASSERT_OK_AND_ASSIGN(const PendingCall<int> pending,
                       client.Start(1, BySoon()));
  EXPECT_THAT(server.NextUntil(Soon(), source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  const std::stop_source other;
  EXPECT_THAT(server.Next(other.get_token()), IsOk());
}

TEST(RpcTest, TheServerIsReadyWhileThereIsACall) {
  auto [client, server] = MakePair<int, int>();
  const auto is_ready = [&server = server] {
    const auto waitable = server.waitable();
    EXPECT_THAT(waitable, IsOk());
    if (server.deadline() <= absl::Now()) return true;
    pollfd entry = {.fd = waitable->get(), .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
  };
  EXPECT_THAT(server.TryNext(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_FALSE(is_ready());
  ASSERT_OK_AND_ASSIGN(const PendingCall<int> pending,
                       client.Start(1, BySoon()));
  EXPECT_TRUE(is_ready());
  ASSERT_OK_AND_ASSIGN(const IntCall call,
                       server.NextUntil(absl::InfinitePast()));
  EXPECT_THAT(server.TryNext(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_FALSE(is_ready());
}

// More than a channel holds: the server goes on, and the answers arrive once
// the client reads.
TEST(RpcTest, AnswersWaitForAClientThatIsSlowToRead) {
  const ExpectNoFdLeak no_leak;
  constexpr int kCalls = 400;
  auto [client, server] =
      MakePair<int, std::string>({.max_calls = kCalls}, {.max_calls = kCalls});
  std::vector<PendingCall<std::string>> pending;
  const std::string large(50'000, 'x');
  for (int i = 0; i < kCalls; ++i) {
    ASSERT_OK_AND_ASSIGN(auto call, client.Start(i, BySoon()));
    pending.push_back(std::move(call));
    ASSERT_OK_AND_ASSIGN(auto incoming, server.NextUntil(Soon()));
    ASSERT_OK(incoming.Respond(std::to_string(i) + large));
  }
  EXPECT_LE(server.deadline(), absl::Now() + absl::Seconds(1))
      << "answers wait for room";
  const Service<int, std::string> service(std::move(server),
                                          [](auto) { ADD_FAILURE(); });
  for (int i = 0; i < kCalls; ++i) {
    EXPECT_THAT(pending[i].Get(), IsOkAndHolds(std::to_string(i) + large));
  }
  pending.clear();
  const auto gone = std::move(client);
}

// The thread that serves waits for calls all the while, and without a deadline.
TEST(RpcTest, AnswersOfOtherThreadsWakeTheOneThatSendsThem) {
  constexpr int kCalls = 300;
  auto [client, server] =
      MakePair<int, std::string>({.max_calls = kCalls}, {.max_calls = kCalls});
  std::vector<PendingCall<std::string>> pending;
  std::vector<IncomingCall<int, std::string>> calls;
  for (int i = 0; i < kCalls; ++i) {
    ASSERT_OK_AND_ASSIGN(auto call, client.Start(i, BySoon()));
    pending.push_back(std::move(call));
    ASSERT_OK_AND_ASSIGN(auto incoming, server.NextUntil(Soon()));
    calls.push_back(std::move(incoming));
  }
  const Service<int, std::string> service(std::move(server),
                                          [](auto) { ADD_FAILURE(); });
  const std::string large(50'000, 'x');
  for (auto& call : calls) ASSERT_OK(call.Respond(large));
  for (auto& call : pending) EXPECT_THAT(call.Get(), IsOkAndHolds(large));
  pending.clear();
  const auto gone = std::move(client);
}

TEST(RpcTest, MovedFromOnesSaySo) {
  auto [client, server] = MakePair<int, int>();
  const IntClient other = std::move(client);
  EXPECT_THAT(client.Call(1),  // NOLINT: on purpose
              StatusIs(absl::StatusCode::kFailedPrecondition));
  const IntServer moved = std::move(server);
  EXPECT_THAT(server.Next(),  // NOLINT: on purpose
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(server.waitable(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  PendingCall<int> over;
  EXPECT_THAT(over.Get(), StatusIs(absl::StatusCode::kFailedPrecondition));
  IntCall answered;
  EXPECT_THAT(answered.Respond(1),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(RpcTest, EmptyEndsAreRefusedAndStayTheCallers) {
  auto ends = MakeEnds<int, int>();
  ClientEnds<int, int> half = {std::move(ends.first.sender), {}};
  EXPECT_THAT(IntClient::Create(std::move(half)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(half.sender.valid());
  ServerEnds<int, int> other_half = {{}, std::move(ends.second.receiver)};
  EXPECT_THAT(IntServer::Create(std::move(other_half)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(other_half.receiver.valid());
}

}  // namespace
}  // namespace rpc
}  // namespace ipc_channel
