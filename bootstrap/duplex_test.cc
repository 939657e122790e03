#include "ipc_channel/bootstrap/duplex.h"

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/connect.h"
#include "ipc_channel/bootstrap/connect_duplex.h"
#include "ipc_channel/bootstrap/duplex_listener.h"
#include "ipc_channel/bootstrap/duplex_listener_options.h"
#include "ipc_channel/bootstrap/internal/duplex_opening.h"
#include "ipc_channel/bootstrap/one_shot_duplex_server.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;

// Questions are numbers, answers are words.
using Service = DuplexListener<std::string, int>;
using Client = Duplex<int, std::string>;

Service MakeService(const DuplexListenerOptions& options = {}) {
  absl::StatusOr<Service> service = Service::Create(options);
  EXPECT_THAT(service, IsOk());
  return *std::move(service);
}

Client MakeClient(const std::string& name) {
  absl::StatusOr<Client> client = ConnectDuplex<int, std::string>(name, Soon());
  EXPECT_THAT(client, IsOk());
  return *std::move(client);
}

// Sends until told that nobody receives.
template <class T>
bool IsRefused(const Sender<T>& client) {
  const absl::Time deadline = Soon();
  while (absl::Now() < deadline) {
    const absl::Status sent = client.SendUntil(T(), deadline);
    if (!sent.ok()) return IsDisconnected(sent);
  }
  return false;
}

TEST(DuplexListenerTest, GivesEachClientAConnectionForBothDirections) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  Client one = MakeClient(service.name());
  Client two = MakeClient(service.name());
  ASSERT_OK_AND_ASSIGN(Service::Client first, service.AcceptUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(Service::Client second, service.AcceptUntil(Soon()));
  ASSERT_OK(two.sender.Send(2));
  ASSERT_OK(one.sender.Send(1));
  EXPECT_THAT(first.duplex.receiver.RecvUntil(Soon()), IsOkAndHolds(1));
  EXPECT_THAT(second.duplex.receiver.RecvUntil(Soon()), IsOkAndHolds(2));
  ASSERT_OK(first.duplex.sender.Send("one"));
  ASSERT_OK(second.duplex.sender.Send("two"));
  EXPECT_THAT(one.receiver.RecvUntil(Soon()), IsOkAndHolds("one"));
  EXPECT_THAT(two.receiver.RecvUntil(Soon()), IsOkAndHolds("two"));
}

TEST(DuplexListenerTest, EachSideIsToldWhenTheOtherIsGone) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  Client one = MakeClient(service.name());
  std::optional<Client> two = MakeClient(service.name());
  std::optional<Service::Client> first;
  ASSERT_OK_AND_ASSIGN(first, service.AcceptUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(Service::Client second, service.AcceptUntil(Soon()));
  first.reset();
  EXPECT_TRUE(IsDisconnected(one.receiver.RecvUntil(Soon()).status()));
  EXPECT_TRUE(IsDisconnected(one.sender.Send(1)));
  two.reset();
  EXPECT_TRUE(
      IsDisconnected(second.duplex.receiver.RecvUntil(Soon()).status()));
  EXPECT_TRUE(IsDisconnected(second.duplex.sender.Send("late")));
}

TEST(DuplexListenerTest, ServesAClientThatIsGoneAlready) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  ASSERT_OK(MakeClient(service.name()).sender.Send(5));
  ASSERT_OK_AND_ASSIGN(Service::Client client, service.AcceptUntil(Soon()));
  EXPECT_THAT(client.duplex.receiver.RecvUntil(Soon()), IsOkAndHolds(5));
  EXPECT_TRUE(
      IsDisconnected(client.duplex.receiver.RecvUntil(Soon()).status()));
}

TEST(DuplexListenerTest, AClientThatOpensLateIsServedThen) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  ASSERT_OK_AND_ASSIGN(
      const Sender<internal::DuplexOpening> late,
      Connect<internal::DuplexOpening>(service.name(), Soon()));
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  ASSERT_OK_AND_ASSIGN(auto answers, Channel<std::string>());
  ASSERT_OK(late.Send(internal::DuplexOpening{
      {.to_server = internal::ContentFingerprint<int>(),
       .to_client = std::move(answers.sender).ToOpaque()}}));
  ASSERT_OK_AND_ASSIGN(Service::Client client, service.AcceptUntil(Soon()));
  ASSERT_OK(client.duplex.sender.Send("at last"));
  EXPECT_THAT(answers.receiver.RecvUntil(Soon()), IsOkAndHolds("at last"));
}

TEST(DuplexListenerTest, AClientThatStaysSilentHoldsUpNobody) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  ASSERT_OK_AND_ASSIGN(const Sender<int> silent,
                       Connect<int>(service.name(), Soon()));
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  const Client good = MakeClient(service.name());
  EXPECT_THAT(service.AcceptUntil(Soon()), IsOk());
}

TEST(DuplexListenerTest, AClientThatStaysSilentTooLongIsDropped) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService({.opening_timeout = absl::Milliseconds(1)});
  ASSERT_OK_AND_ASSIGN(const Sender<int> silent,
                       Connect<int>(service.name(), Soon()));
  const absl::Time deadline = Soon();
  absl::Status nobody;
  while (!absl::StrContains(nobody.message(), "did not open in time")) {
    ASSERT_LT(absl::Now(), deadline) << nobody;
    nobody = service.AcceptFor(absl::Milliseconds(5)).status();
    ASSERT_THAT(nobody, StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  EXPECT_TRUE(IsRefused(silent));
}

TEST(DuplexListenerTest, OfTooManySilentClientsTheOldestIsDropped) {
  const ExpectNoFdLeak no_leak;
  Service service =
      MakeService({.max_openings = 2, .opening_timeout = absl::Hours(1)});
  std::vector<Sender<int>> silent;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(Sender<int> client,
                         Connect<int>(service.name(), Soon()));
    silent.push_back(std::move(client));
    EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  }
  EXPECT_TRUE(IsRefused(silent[0]));
  EXPECT_THAT(service.AcceptUntil(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("too many clients are silent")));
  const Client good = MakeClient(service.name());
  EXPECT_THAT(service.AcceptUntil(Soon()), IsOk());
}

TEST(DuplexListenerTest, WhatIsNoOpeningDropsThatClientAlone) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  ASSERT_OK_AND_ASSIGN(const Sender<std::string> early,
                       Connect<std::string>(service.name(), Soon()));
  ASSERT_OK(early.Send("not an opening"));
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_TRUE(IsRefused(early));
  ASSERT_OK_AND_ASSIGN(const Sender<std::string> late,
                       Connect<std::string>(service.name(), Soon()));
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  ASSERT_OK(late.Send("not an opening either"));
  EXPECT_THAT(
      service.AcceptUntil(absl::InfinitePast()),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("dropped: 2")));
  EXPECT_TRUE(IsRefused(late));
  const Client good = MakeClient(service.name());
  EXPECT_THAT(service.AcceptUntil(Soon()), IsOk());
}

TEST(DuplexListenerTest, AClientThatDiesBeforeItOpensIsForgotten) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  std::optional<Sender<int>> dying;
  ASSERT_OK_AND_ASSIGN(dying, Connect<int>(service.name(), Soon()));
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  dying.reset();
  const Client good = MakeClient(service.name());
  EXPECT_THAT(service.AcceptUntil(Soon()), IsOk());
  EXPECT_THAT(
      service.AcceptUntil(absl::InfinitePast()),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("dropped: 1")));
}

// In a loop that tells news alone nobody would look again.
TEST(DuplexListenerTest, LooksAgainAfterManyClientsThatAreGone) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  for (int i = 0; i < 200; ++i) {
    ASSERT_OK(Connect<int>(service.name(), Soon()));
  }
  const Client good = MakeClient(service.name());
  while (true) {
    ASSERT_OK_AND_ASSIGN(const auto client, service.TryAccept());
    if (client.has_value()) break;
    ASSERT_EQ(service.deadline(), absl::InfinitePast());
  }
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_GT(service.deadline(), absl::Now());
}

TEST(DuplexListenerTest, AClientBuiltWithOtherDefinitionsIsTold) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  ASSERT_OK_AND_ASSIGN(auto other_answer, (ConnectDuplex<int, std::vector<int>>(
                                              service.name(), Soon())));
  ASSERT_OK_AND_ASSIGN(
      auto other_question,
      (ConnectDuplex<std::int64_t, std::string>(service.name(), Soon())));
  EXPECT_THAT(service.AcceptUntil(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("other definitions")));
  EXPECT_THAT(other_answer.receiver.RecvUntil(Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(other_question.receiver.RecvUntil(Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(IsDisconnected(other_answer.receiver.RecvUntil(Soon()).status()));
  EXPECT_TRUE(IsRefused(other_answer.sender));
}

TEST(DuplexListenerTest, AClientThatExpectsBytesIsToldByTheEndAlone) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  ASSERT_OK_AND_ASSIGN(auto client,
                       (ConnectDuplex<int, Bytes>(service.name(), Soon())));
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_TRUE(IsDisconnected(client.receiver.RecvUntil(Soon()).status()));
}

TEST(DuplexListenerTest, CarriesBytesInEitherDirection) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(auto service, (DuplexListener<Bytes, Bytes>::Create()));
  ASSERT_OK_AND_ASSIGN(auto client,
                       (ConnectDuplex<Bytes, Bytes>(service.name(), Soon())));
  ASSERT_OK_AND_ASSIGN(auto accepted, service.AcceptUntil(Soon()));
  ASSERT_OK(client.sender.Send("ping"));
  ASSERT_OK_AND_ASSIGN(const Bytes ping,
                       accepted.duplex.receiver.RecvUntil(Soon()));
  EXPECT_EQ(ping.text(), "ping");
  ASSERT_OK(accepted.duplex.sender.Send("pong"));
  ASSERT_OK_AND_ASSIGN(const Bytes pong, client.receiver.RecvUntil(Soon()));
  EXPECT_EQ(pong.text(), "pong");
}

TEST(DuplexListenerTest, WaitsForAClientOrUntilTheDeadline) {
  Service service = MakeService();
  EXPECT_THAT(service.AcceptFor(absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  std::optional<Client> client;
  std::jthread late([&] {
    absl::SleepFor(absl::Milliseconds(5));
    client = MakeClient(service.name());
  });
  EXPECT_THAT(service.Accept(), IsOk());
}

TEST(DuplexListenerTest, ARequestToStopEndsTheWaitingAndLosesNobody) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService();
  std::stop_source source;
  std::jthread stopper([&source] {
    absl::SleepFor(absl::Milliseconds(5));
    source.request_stop();
  });
  EXPECT_THAT(service.Accept(source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  const Client client = MakeClient(service.name());
  EXPECT_THAT(service.AcceptUntil(Soon(), source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  const std::stop_source other;
  EXPECT_THAT(service.Accept(other.get_token()), IsOk());
  EXPECT_THAT(service.AcceptFor(absl::Milliseconds(5), other.get_token()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(DuplexListenerTest, IsReadyWhileAClientWaits) {
  Service service = MakeService();
  const auto is_ready = [&service] {
    const auto waitable = service.waitable();
    EXPECT_THAT(waitable, IsOk());
    if (service.deadline() <= absl::Now()) return true;
    pollfd entry = {.fd = waitable->get(), .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
  };
  // A first look may be asked for where nothing is.
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_FALSE(is_ready());
  const Client one = MakeClient(service.name());
  const Client two = MakeClient(service.name());
  EXPECT_TRUE(is_ready());
  EXPECT_THAT(service.AcceptUntil(absl::InfinitePast()), IsOk());
  EXPECT_TRUE(is_ready());
  EXPECT_THAT(service.AcceptUntil(absl::InfinitePast()), IsOk());
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_FALSE(is_ready());
}

TEST(DuplexListenerTest, SaysWhenASilentClientIsDue) {
  Service service = MakeService({.opening_timeout = absl::Hours(1)});
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_GT(service.deadline(), absl::Now() + absl::Hours(2));
  ASSERT_OK_AND_ASSIGN(const Sender<int> silent,
                       Connect<int>(service.name(), Soon()));
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_LE(service.deadline(), absl::Now() + absl::Hours(1));
}

TEST(DuplexListenerTest, AClientCountsForAsLongAsItsReceiverLives) {
  const ExpectNoFdLeak no_leak;
  Service service = MakeService({.listener = {.max_clients = 1}});
  const Client one = MakeClient(service.name());
  std::optional<Service::Client> accepted;
  ASSERT_OK_AND_ASSIGN(accepted, service.AcceptUntil(Soon()));
  const Client two = MakeClient(service.name());
  EXPECT_THAT(service.TryAccept(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_TRUE(IsRefused(two.sender));
  accepted.reset();
  const Client three = MakeClient(service.name());
  EXPECT_THAT(service.AcceptUntil(Soon()), IsOk());
}

TEST(DuplexListenerTest, RefusesWhoWaitsWhenDestroyedAndFreesItsName) {
  const ExpectNoFdLeak no_leak;
  std::optional<Service> service = MakeService();
  const std::string name = service->name();
  Client accepted = MakeClient(name);
  ASSERT_OK_AND_ASSIGN(Service::Client client, service->AcceptUntil(Soon()));
  Client waiting = MakeClient(name);
  service.reset();
  EXPECT_TRUE(IsRefused(waiting.sender));
  EXPECT_TRUE(IsDisconnected(waiting.receiver.RecvUntil(Soon()).status()));
  EXPECT_TRUE(IsDisconnected(ConnectDuplex<int, std::string>(name).status()));
  ASSERT_OK(client.duplex.sender.Send("still here"));
  EXPECT_THAT(accepted.receiver.RecvUntil(Soon()), IsOkAndHolds("still here"));
}

TEST(DuplexListenerTest, AMovedFromOneSaysSo) {
  Service service = MakeService();
  Service moved = std::move(service);
  EXPECT_THAT(service.TryAccept(),  // NOLINT: on purpose
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(service.waitable(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  const Client client = MakeClient(moved.name());
  EXPECT_THAT(moved.AcceptUntil(Soon()), IsOk());
}

using OneShot = OneShotDuplexServer<std::string, int>;

TEST(OneShotDuplexServerTest, GivesAConnectionForBothDirections) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(OneShot server, OneShot::Create());
  Client client = MakeClient(server.name());
  ASSERT_OK(client.sender.Send(4));
  ASSERT_OK_AND_ASSIGN(OneShot::Accepted accepted, server.Accept(Soon()));
  EXPECT_THAT(accepted.duplex.receiver.RecvUntil(Soon()), IsOkAndHolds(4));
  ASSERT_OK(accepted.duplex.sender.Send("four"));
  EXPECT_THAT(client.receiver.RecvUntil(Soon()), IsOkAndHolds("four"));
  EXPECT_TRUE(
      IsDisconnected(ConnectDuplex<int, std::string>(server.name()).status()));
  EXPECT_THAT(server.Accept(Soon()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(OneShotDuplexServerTest, ServesTheNextClientAfterOneWithOtherTypes) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(OneShot server, OneShot::Create());
  ASSERT_OK_AND_ASSIGN(auto other, (ConnectDuplex<int, std::vector<int>>(
                                       server.name(), Soon())));
  EXPECT_THAT(server.Accept(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("other definitions")));
  EXPECT_THAT(other.receiver.RecvUntil(Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  const Client client = MakeClient(server.name());
  EXPECT_THAT(server.Accept(Soon()), IsOk());
}

TEST(OneShotDuplexServerTest, WaitsUntilTheDeadlineOrAStop) {
  ASSERT_OK_AND_ASSIGN(OneShot server, OneShot::Create());
  EXPECT_THAT(server.Accept(absl::Now() + absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  std::stop_source source;
  source.request_stop();
  EXPECT_THAT(server.Accept(Soon(), source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace ipc_channel
