#include "ipc_channel/bootstrap/listener.h"

#include <poll.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stop_token>
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
#include "ipc_channel/bootstrap/chosen_name.h"
#include "ipc_channel/bootstrap/connect.h"
#include "ipc_channel/bootstrap/listener_options.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/receiver_set.h"
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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Client = Listener<int>::Client;

Listener<int> MakeListener(const ListenerOptions& options = {}) {
  absl::StatusOr<Listener<int>> listener = Listener<int>::Create(options);
  EXPECT_THAT(listener, IsOk());
  return *std::move(listener);
}

Sender<int> MakeClient(const Listener<int>& listener) {
  absl::StatusOr<Sender<int>> sender = Connect<int>(listener.name(), Soon());
  EXPECT_THAT(sender, IsOk());
  return *std::move(sender);
}

// Sends until told that nobody receives.
bool IsRefused(const Sender<int>& client) {
  const absl::Time deadline = Soon();
  while (absl::Now() < deadline) {
    const absl::Status sent = client.SendUntil(0, deadline);
    if (!sent.ok()) return IsDisconnected(sent);
  }
  return false;
}

TEST(ListenerTest, GivesEachClientAReceiverOfItsOwn) {
  const ExpectNoFdLeak no_leak;
  Listener<int> listener = MakeListener();
  const Sender<int> one = MakeClient(listener);
  const Sender<int> two = MakeClient(listener);
  ASSERT_OK_AND_ASSIGN(Client first, listener.AcceptUntil(Soon()));
  ASSERT_OK_AND_ASSIGN(Client second, listener.AcceptUntil(Soon()));
  ASSERT_OK(two.Send(2));
  ASSERT_OK(one.Send(1));
  EXPECT_THAT(first.receiver.RecvUntil(Soon()), IsOkAndHolds(1));
  EXPECT_THAT(second.receiver.RecvUntil(Soon()), IsOkAndHolds(2));
}

TEST(ListenerTest, ASilentClientHoldsUpNobody) {
  Listener<int> listener = MakeListener();
  const Sender<int> silent = MakeClient(listener);
  ASSERT_OK_AND_ASSIGN(Client first, listener.AcceptUntil(Soon()));
  const Sender<int> good = MakeClient(listener);
  ASSERT_OK(good.Send(5));
  ASSERT_OK_AND_ASSIGN(Client second, listener.AcceptUntil(Soon()));
  EXPECT_THAT(second.receiver.RecvUntil(Soon()), IsOkAndHolds(5));
  EXPECT_THAT(first.receiver.TryRecv(), IsOkAndHolds(std::nullopt));
}

TEST(ListenerTest, ServesAClientThatIsGoneAlready) {
  Listener<int> listener = MakeListener();
  ASSERT_OK(MakeClient(listener).Send(5));
  ASSERT_OK_AND_ASSIGN(Client client, listener.AcceptUntil(Soon()));
  EXPECT_THAT(client.receiver.RecvUntil(Soon()), IsOkAndHolds(5));
  EXPECT_TRUE(IsDisconnected(client.receiver.RecvUntil(Soon()).status()));
}

TEST(ListenerTest, NonsenseOfAClientIsThatClientsError) {
  Listener<int> listener = MakeListener();
  const Sender<int> client = MakeClient(listener);
  ASSERT_OK(Sender<std::string>(client.raw()).Send("not a number"));
  ASSERT_OK(client.Send(6));
  ASSERT_OK_AND_ASSIGN(Client accepted, listener.AcceptUntil(Soon()));
  EXPECT_THAT(accepted.receiver.RecvUntil(Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(accepted.receiver.RecvUntil(Soon()), IsOkAndHolds(6));
}

TEST(ListenerTest, WaitsForAClientOrUntilTheDeadline) {
  Listener<int> listener = MakeListener();
  EXPECT_THAT(listener.TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
  EXPECT_THAT(listener.AcceptFor(absl::Milliseconds(5)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(listener.AcceptUntil(absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  std::thread late([&listener] {
    absl::SleepFor(absl::Milliseconds(5));
    ASSERT_OK(MakeClient(listener).Send(7));
  });
  ASSERT_OK_AND_ASSIGN(Client client, listener.Accept());
  EXPECT_THAT(client.receiver.RecvUntil(Soon()), IsOkAndHolds(7));
  late.join();
}

TEST(ListenerTest, ARequestToStopEndsTheWaitingAndLosesNobody) {
  const ExpectNoFdLeak no_leak;
  Listener<int> listener = MakeListener();
  std::stop_source source;
  std::jthread stopper([&source] {
    absl::SleepFor(absl::Milliseconds(5));
    source.request_stop();
  });
  EXPECT_THAT(listener.Accept(source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  const Sender<int> client = MakeClient(listener);
  EXPECT_THAT(listener.AcceptUntil(Soon(), source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(listener.AcceptFor(absl::Minutes(1), source.get_token()),
              StatusIs(absl::StatusCode::kCancelled));
  const std::stop_source other;
  EXPECT_THAT(listener.Accept(other.get_token()), IsOk());
}

TEST(ListenerTest, ReleasesItsNameAndRefusesWhoWaitsWhenDestroyed) {
  const ExpectNoFdLeak no_leak;
  const ListenerOptions options = {.name = ChosenName("listener_test")};
  std::optional<Listener<int>> listener = MakeListener(options);
  const Sender<int> accepted = MakeClient(*listener);
  ASSERT_OK_AND_ASSIGN(Client client, listener->AcceptUntil(Soon()));
  const Sender<int> waiting = MakeClient(*listener);
  listener.reset();
  EXPECT_TRUE(IsRefused(waiting));
  EXPECT_TRUE(IsDisconnected(Connect<int>(options.name).status()));
  ASSERT_OK(accepted.Send(8)) << "who was accepted is not affected";
  EXPECT_THAT(client.receiver.RecvUntil(Soon()), IsOkAndHolds(8));
  EXPECT_THAT(Listener<int>::Create(options), IsOk());
}

TEST(ListenerTest, ANameOfALiveListenerIsRefused) {
  const ListenerOptions options = {.name = ChosenName("listener_test")};
  Listener<int> listener = MakeListener(options);
  EXPECT_EQ(listener.name(), options.name);
  EXPECT_THAT(Listener<int>::Create(options),
              StatusIs(absl::StatusCode::kAlreadyExists));
  const Sender<int> client = MakeClient(listener);
  EXPECT_THAT(listener.AcceptUntil(Soon()), IsOk());
}

TEST(ListenerTest, NamesThatAreMadeArePrintableAndNeverTheSame) {
  const Listener<int> one = MakeListener();
  const Listener<int> two = MakeListener();
  EXPECT_NE(one.name(), two.name());
  EXPECT_THAT(one.name(), Not(HasSubstr(" ")));
  for (const char c : one.name()) EXPECT_TRUE(c > ' ' && c < 0x7f);
}

TEST(ListenerTest, WhatIsNoNameIsRefused) {
  for (const char* name :
       {"", "nonsense", "unix-path:relative", "unix-abstract:two words",
        "unix-abstract:ipc_channel.0123456789abcdef0123456789abcdef"}) {
    EXPECT_THAT(Listener<int>::Create({.name = name}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << name;
  }
}

TEST(ListenerTest, ThePolicyDecidesAndTheRefusedAreTold) {
  const ExpectNoFdLeak no_leak;
  std::vector<PeerIdentity> asked;
  bool admits = false;
  Listener<int> listener =
      MakeListener({.admits = [&](const PeerIdentity& client) {
        asked.push_back(client);
        return admits;
      }});
  const Sender<int> refused = MakeClient(listener);
  EXPECT_THAT(listener.TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
  EXPECT_TRUE(IsRefused(refused));
  admits = true;
  const Sender<int> admitted = MakeClient(listener);
  ASSERT_OK_AND_ASSIGN(Client client, listener.AcceptUntil(Soon()));
  EXPECT_THAT(asked, ElementsAre(client.peer, client.peer));
}

// In a loop that tells news alone nobody would look again.
TEST(ListenerTest, LooksAgainAfterManyThatItRefuses) {
  const ExpectNoFdLeak no_leak;
  constexpr int kRefused = 200;
  int asked = 0;
  Listener<int> listener = MakeListener(
      {.admits = [&](const PeerIdentity&) { return ++asked > kRefused; }});
  std::vector<Sender<int>> senders;
  for (int i = 0; i <= kRefused; ++i) senders.push_back(MakeClient(listener));
  while (true) {
    ASSERT_OK_AND_ASSIGN(const auto client, listener.TryAccept());
    if (client.has_value()) break;
    ASSERT_EQ(listener.deadline(), absl::InfinitePast());
  }
  EXPECT_THAT(listener.TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
  EXPECT_GT(listener.deadline(), absl::Now());
}

TEST(ListenerTest, InASetLooksAgainAfterManyThatItRefuses) {
  constexpr int kRefused = 200;
  int asked = 0;
  Listener<int> listener = MakeListener(
      {.admits = [&](const PeerIdentity&) { return ++asked > kRefused; }});
  std::vector<Sender<int>> senders;
  for (int i = 0; i <= kRefused; ++i) senders.push_back(MakeClient(listener));
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(listener).ToReceiver()));
  while (true) {
    ASSERT_OK_AND_ASSIGN(const auto events, set.TrySelect());
    if (!events.empty()) break;
    ASSERT_EQ(set.deadline(), absl::InfinitePast());
  }
}

TEST(ListenerTest, ThatLeftASetLeavesItSilent) {
  constexpr int kRefused = 200;
  Listener<int> listener =
      MakeListener({.admits = [](const PeerIdentity&) { return false; }});
  std::vector<Sender<int>> senders;
  for (int i = 0; i < kRefused; ++i) senders.push_back(MakeClient(listener));
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                       set.Add(std::move(listener).ToReceiver()));
  ASSERT_OK(set.TrySelect());
  ASSERT_OK(set.Remove<Client>(id));
  ASSERT_OK(set.TrySelect());
  EXPECT_GT(set.deadline(), absl::Now());
}

TEST(ListenerTest, MoreClientsThanItMayHaveAreRefusedUntilOneIsGone) {
  const ExpectNoFdLeak no_leak;
  Listener<int> listener = MakeListener({.max_clients = 2});
  std::vector<Sender<int>> senders;
  std::vector<Client> clients;
  for (int i = 0; i < 2; ++i) {
    senders.push_back(MakeClient(listener));
    ASSERT_OK_AND_ASSIGN(Client client, listener.AcceptUntil(Soon()));
    clients.push_back(std::move(client));
  }
  const Sender<int> third = MakeClient(listener);
  EXPECT_THAT(listener.TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
  EXPECT_TRUE(IsRefused(third));
  clients.pop_back();
  const Sender<int> fourth = MakeClient(listener);
  EXPECT_THAT(listener.AcceptUntil(Soon()), IsOk());
}

TEST(ListenerTest, NoUserHasMoreClientsThanItsShare) {
  Listener<int> listener = MakeListener({.max_clients_per_user = 1});
  const Sender<int> one = MakeClient(listener);
  ASSERT_OK_AND_ASSIGN(Client client, listener.AcceptUntil(Soon()));
  const Sender<int> two = MakeClient(listener);
  EXPECT_THAT(listener.TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
  EXPECT_TRUE(IsRefused(two));
}

// What is counted is receivers, wherever they were moved in this process, and
// beyond the listener's life.
TEST(ListenerTest, AClientCountsForAsLongAsItsReceiverLives) {
  std::optional<Listener<int>> listener = MakeListener({.max_clients = 1});
  const Sender<int> one = MakeClient(*listener);
  ASSERT_OK_AND_ASSIGN(Client client, listener->AcceptUntil(Soon()));
  Receiver<int> moved = std::move(client.receiver);
  const Sender<int> two = MakeClient(*listener);
  EXPECT_THAT(listener->TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
  listener.reset();
  ASSERT_OK(one.Send(9));
  EXPECT_THAT(moved.RecvUntil(Soon()), IsOkAndHolds(9));
}

TEST(ListenerTest, AFullBacklogIsWaitedForUntilTheDeadline) {
  const ExpectNoFdLeak no_leak;
  Listener<int> listener = MakeListener({.backlog = 2});
  std::vector<Sender<int>> waiting;
  while (true) {
    absl::StatusOr<Sender<int>> client =
        Connect<int>(listener.name(), absl::InfinitePast());
    if (!client.ok()) {
      EXPECT_THAT(client, StatusIs(absl::StatusCode::kDeadlineExceeded));
      break;
    }
    waiting.push_back(*std::move(client));
    ASSERT_LT(waiting.size(), 10);
  }
  std::thread late([&listener] { MakeClient(listener); });
  for (std::size_t i = 0; i < waiting.size() + 1; ++i) {
    EXPECT_THAT(listener.AcceptUntil(Soon()), IsOk());
  }
  late.join();
}

TEST(ListenerTest, IsReadableWhileAClientWaits) {
  Listener<int> listener = MakeListener();
  const auto is_ready = [&listener] {
    if (listener.deadline() <= absl::Now()) return true;
    const auto waitable = listener.waitable();
    EXPECT_THAT(waitable, IsOk());
    pollfd entry = {.fd = waitable->get(), .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
  };
  EXPECT_FALSE(is_ready());
  const Sender<int> client = MakeClient(listener);
  EXPECT_TRUE(is_ready());
  EXPECT_THAT(listener.AcceptUntil(absl::InfinitePast()), IsOk());
  EXPECT_FALSE(is_ready());
}

// The service of the listener's header: one thread, one set.
TEST(ListenerTest, JoinsASetBesideItsClients) {
  constexpr int kClients = 5;
  const ExpectNoFdLeak no_leak;
  Listener<int> listener = MakeListener();
  std::vector<std::jthread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([name = listener.name(), i] {
      ASSERT_OK_AND_ASSIGN(const Sender<int> sender, Connect<int>(name));
      for (int k = 0; k < 3; ++k) ASSERT_OK(sender.Send(3 * i + k));
    });
  }
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id door_id,
                       set.Add(std::move(listener).ToReceiver()));
  std::vector<int> got;
  for (int ended = 0; ended < kClients;) {
    ASSERT_OK_AND_ASSIGN(auto events, set.SelectUntil(Soon()));
    for (ReceiverSet::Event& event : events) {
      if (event.id() == door_id) {
        ASSERT_OK_AND_ASSIGN(Client client, event.To<Client>());
        ASSERT_OK(set.Add(std::move(client.receiver)));
      } else if (IsDisconnected(event.status())) {
        ++ended;
      } else {
        ASSERT_OK_AND_ASSIGN(const int value, event.To<int>());
        got.push_back(value);
      }
    }
  }
  std::ranges::sort(got);
  ASSERT_EQ(got.size(), 3 * kClients);
  for (int i = 0; i < 3 * kClients; ++i) EXPECT_EQ(got[i], i);
  EXPECT_EQ(set.size(), 1) << "the listener is still there";
}

TEST(ListenerTest, ComesBackFromASet) {
  Listener<int> listener = MakeListener();
  const Sender<int> sender = MakeClient(listener);
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                       set.Add(std::move(listener).ToReceiver()));
  ASSERT_OK_AND_ASSIGN(Receiver<Client> door, set.Remove<Client>(id));
  EXPECT_THAT(door.RecvUntil(Soon()), IsOk());
}

TEST(ListenerTest, ServesBytes) {
  auto listener = Listener<Bytes>::Create();
  ASSERT_THAT(listener, IsOk());
  ASSERT_OK_AND_ASSIGN(const BytesSender sender,
                       Connect<Bytes>(listener->name()));
  ASSERT_OK(sender.Send("plain"));
  auto client = listener->AcceptUntil(Soon());
  ASSERT_THAT(client, IsOk());
  ASSERT_OK_AND_ASSIGN(const Bytes bytes, client->receiver.RecvUntil(Soon()));
  EXPECT_EQ(bytes.text(), "plain");
}

TEST(ListenerTest, AnswersThroughASenderInTheFirstValue) {
  auto listener = Listener<Sender<std::string>>::Create();
  ASSERT_THAT(listener, IsOk());
  auto server = Connect<Sender<std::string>>(listener->name());
  auto answers = Channel<std::string>();
  ASSERT_THAT(server, IsOk());
  ASSERT_THAT(answers, IsOk());
  ASSERT_OK(server->Send(answers->sender));
  auto client = listener->AcceptUntil(Soon());
  ASSERT_THAT(client, IsOk());
  ASSERT_OK_AND_ASSIGN(const Sender<std::string> reply,
                       client->receiver.RecvUntil(Soon()));
  ASSERT_OK(reply.Send("welcome"));
  EXPECT_THAT(answers->receiver.RecvUntil(Soon()), IsOkAndHolds("welcome"));
}

TEST(ListenerTest, AMovedFromOneSaysSo) {
  Listener<int> listener = MakeListener();
  const Listener<int> moved = std::move(listener);
  EXPECT_THAT(listener.TryAccept(),  // NOLINT: on purpose
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(listener.waitable(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace ipc_channel
