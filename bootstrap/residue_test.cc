// Servers and clients that are killed at random moments, again and again, leave
// nothing: no file, no name, no socket, no process, and no descriptor in those
// who survive.

#include "ipc_channel/bootstrap/residue.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/random_kill.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/shared_page.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/testing/syscall_stepper.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::BeginSteps;
using ::ipc_channel_testing::EndSteps;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::SharedPage;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::testing::Combine;
using ::testing::IsEmpty;
using ::testing::TestParamInfo;
using ::testing::Values;

struct Request {
  std::string text;
  Sender<std::string> reply;
};
using Door = Listener<Request>;

// All kinds of servers: by one of the four kinds of name, or for one client.
enum class Kind { kNewAbstract, kAbstract, kNewPath, kPath, kOneShot };

// Larger than what a packet carries, so that there is memory to be left, too.
std::string LargeText() { return std::string(300'000, 'x'); }

// What a victim says of itself, in memory that is shared with it.
struct Progress {
  std::array<char, 128> name{};
  std::atomic<bool> is_named = false;

  void SetName(const std::string& text) {
    text.copy(name.data(), name.size() - 1);
    is_named = true;
  }
};

class ResidueTest : public ::testing::TestWithParam<std::tuple<Kind, Moments>> {
 protected:
  void SetUp() override {
    if (moments() == Moments::kTimes) return;
    const absl::Status can_step = ipc_channel_testing::CanStep();
    if (absl::IsUnimplemented(can_step)) GTEST_SKIP() << can_step;
    ASSERT_OK(can_step);
  }

  static Kind kind() { return std::get<0>(GetParam()); }
  static Moments moments() { return std::get<1>(GetParam()); }
  static bool IsPath() {
    return kind() == Kind::kPath || kind() == Kind::kNewPath;
  }

  ListenerOptions Options() const {
    switch (kind()) {
      case Kind::kAbstract:
        return {.name = "unix-abstract:" + residue_.word()};
      case Kind::kNewPath:
        return {.name = std::string(kNewPathName)};
      case Kind::kPath:
        return {.name = "unix-path:" + residue_.folder() + "/service"};
      default:
        return {.name = std::string(kNewAbstractName)};
    }
  }

  // Kills `victim` as often as the test is to, and calls `after` each time.
  void KillAgainAndAgain(const Victim& victim,
                         const std::function<void()>& after) {
    kill_.Live(victim);
    after();
    const int wanted = ResidueKills();
    int kills = 0;
    for (int i = 0; kills < wanted && i < 100 * wanted; ++i) {
      if (HasFailure()) break;
      SCOPED_TRACE(::testing::Message() << "life " << i);
      if (kill_.Kill(victim)) ++kills;
      after();
    }
    EXPECT_EQ(kills, wanted);
  }

  const ResidueCheck residue_;
  SharedPage<Progress> progress_;
  RandomKill kill_{moments(), ResidueSeed()};
};

std::string NameOf(const TestParamInfo<std::tuple<Kind, Moments>>& info) {
  constexpr std::array<std::string_view, 5> kKinds = {
      "NewAbstractName", "AbstractName", "NewPath", "Path", "OneShot"};
  const std::size_t kind = static_cast<std::size_t>(std::get<0>(info.param));
  return std::string(kKinds.at(kind)) +
         (std::get<1>(info.param) == Moments::kCalls ? "AtCalls" : "AtTimes");
}

// A client of one server, in this process.
class Client {
 public:
  static absl::StatusOr<Client> Call(const std::string& name) {
    absl::StatusOr<Sender<Request>> server = Connect<Request>(name, Soon());
    if (!server.ok()) return server.status();
    absl::StatusOr<ChannelEnds<std::string>> answers = Channel<std::string>();
    if (!answers.ok()) return answers.status();
    absl::Status sent =
        server->SendUntil({LargeText(), std::move(answers->sender)}, Soon());
    if (!sent.ok()) return sent;
    return Client(*std::move(server), std::move(answers->receiver));
  }

  absl::StatusOr<std::string> Answer() { return answers_.RecvUntil(Soon()); }

  // Whether the end of the server is told, after its answer or without one.
  bool IsToldOfTheEnd() {
    absl::StatusOr<std::string> answer = Answer();
    if (answer.ok()) answer = Answer();
    absl::StatusOr<ChannelEnds<std::string>> more = Channel<std::string>();
    return more.ok() && IsDisconnected(answer.status()) &&
           IsDisconnected(server_.Send({"more", std::move(more->sender)}));
  }

 private:
  Client(Sender<Request> server, Receiver<std::string> answers)
      : server_(std::move(server)), answers_(std::move(answers)) {}

  Sender<Request> server_;
  Receiver<std::string> answers_;
};

// Servers that die.

class DyingServerTest : public ResidueTest {
 protected:
  // Serves one client, from the beginning to the end.
  int Serve() {
    BeginSteps();
    const bool is_served =
        kind() == Kind::kOneShot ? ServeOneShot() : ServeAtDoor();
    EndSteps();
    return is_served ? 0 : 1;
  }

  // Becomes its client as soon as it can.
  void CallIt() {
    if (!progress_->is_named || client_.has_value()) return;
    absl::StatusOr<Client> client = Client::Call(progress_->name.data());
    ASSERT_THAT(client, IsOk());
    client_ = *std::move(client);
  }

  // Nothing may be left but what the documentation says.
  void ExpectLittleIsLeft() const {
    std::vector<std::string> left = residue_.Files();
    if (kind() == Kind::kPath) {
      EXPECT_THAT(left, ::testing::IsSubsetOf({"service", "service.lock"}));
    } else if (kind() == Kind::kNewPath) {
      const std::string folder = left.empty() ? "" : left.front();
      EXPECT_THAT(left, ::testing::IsSubsetOf({folder, folder + "/socket"}));
      EXPECT_TRUE(folder.empty() || folder.starts_with("ipc_channel-"));
    } else {
      EXPECT_THAT(left, IsEmpty());
    }
  }

  bool has_called() const { return client_.has_value(); }

  void ExpectTheEndIsTold() {
    if (has_called()) {
      EXPECT_TRUE(client_->IsToldOfTheEnd());
    }
    if (progress_->is_named) {
      EXPECT_TRUE(IsDisconnected(
          Connect<Request>(progress_->name.data(), Soon()).status()));
    }
    client_.reset();
    progress_.Reset();
  }

  // Another one like it comes up, and serves, and leaves nothing at all.
  void ExpectTheNextServes(const Victim& next) {
    RandomKill(Moments::kTimes, 0).Live(next);
    EXPECT_THAT(residue_.Files(), IsEmpty());
    client_.reset();
    progress_.Reset();
  }

 private:
  bool ServeOneShot() {
    auto server = OneShotServer<Request>::Create();
    if (!server.ok()) return false;
    progress_->SetName(server->name());
    auto accepted = server->Accept(Soon());
    return accepted.ok() && accepted->first.reply.Send("served").ok();
  }

  bool ServeAtDoor() {
    auto listener = Door::Create(Options());
    if (!listener.ok()) return false;
    progress_->SetName(listener->name());
    auto client = listener->AcceptUntil(Soon());
    if (!client.ok()) return false;
    auto request = client->receiver.RecvUntil(Soon());
    return request.ok() && request->reply.Send("served").ok();
  }

  std::optional<Client> client_;
};

TEST_P(DyingServerTest, LeavesNothingAndTheNextServes) {
  const Victim server = {.life = [this] { return Serve(); },
                         .meanwhile = [this] { CallIt(); }};
  int with_client = 0;
  int without_name = 0;
  KillAgainAndAgain(server, [&] {
    with_client += has_called() ? 1 : 0;
    without_name += progress_->is_named ? 0 : 1;
    ExpectLittleIsLeft();
    ExpectTheEndIsTold();
    ExpectTheNextServes(server);
  });
  // The moments are all over its life.
  if (moments() == Moments::kTimes) return;
  EXPECT_GT(with_client, 0);
  EXPECT_GT(without_name, 0);
}

INSTANTIATE_TEST_SUITE_P(All, DyingServerTest,
                         Combine(Values(Kind::kNewAbstract, Kind::kAbstract,
                                        Kind::kNewPath, Kind::kPath,
                                        Kind::kOneShot),
                                 Values(Moments::kCalls, Moments::kTimes)),
                         &NameOf);

// Clients that die.

class DyingClientTest : public ResidueTest {
 protected:
  // Connects, sends, waits for the answer.
  static int CallAndWait(const std::string& name) {
    BeginSteps();
    absl::StatusOr<Client> client = Client::Call(name);
    const bool is_served = client.ok() && client->Answer().ok();
    EndSteps();
    return is_served ? 0 : 1;
  }

  // Waits in vain to be connected.
  static int WaitToConnect(const std::string& name) {
    BeginSteps();
    const absl::Status status =
        Connect<Request>(name, absl::Now() + absl::Milliseconds(5)).status();
    EndSteps();
    return absl::IsDeadlineExceeded(status) ? 0 : 1;
  }

  // A client that is stopped at each call is never kept waiting, or it would
  // not come to the next stop; others are, most of the time.
  bool AnswersNow() {
    return moments() == Moments::kCalls || kill_.Below(8) == 0;
  }
};

// One listener for all of them: they cost it only themselves.
class Service {
 public:
  explicit Service(Door door) : door_(std::move(door)) {}

  const std::string& name() const { return door_.name(); }

  void Answer() {
    absl::StatusOr<std::optional<Door::Client>> client = door_.TryAccept();
    ASSERT_THAT(client, IsOk());
    if (client->has_value()) {
      clients_.push_back(std::move((*client)->receiver));
    }
    for (Receiver<Request>& receiver : clients_) {
      absl::StatusOr<std::optional<Request>> request = receiver.TryRecv();
      if (!request.ok() || !request->has_value()) continue;
      ++requests_;
      EXPECT_EQ((*request)->text, LargeText());
      (*request)->reply.TrySend("served").IgnoreError();
    }
  }

  // The clients are dead: each has sent no more than one whole request.
  void ExpectTheEndOfAll() {
    Answer();
    for (Receiver<Request>& receiver : clients_) {
      absl::StatusOr<Request> request = receiver.RecvUntil(Soon());
      if (request.ok()) request = receiver.RecvUntil(Soon());
      EXPECT_TRUE(IsDisconnected(request.status())) << request.status();
    }
    clients_.clear();
    EXPECT_THAT(door_.TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
  }

  int requests() const { return requests_; }

 private:
  Door door_;
  std::vector<Receiver<Request>> clients_;
  int requests_ = 0;
};

TEST_P(DyingClientTest, CostsAListenerOnlyItself) {
  absl::StatusOr<Door> door = Door::Create(Options());
  ASSERT_THAT(door, IsOk());
  Service service(*std::move(door));
  const std::vector<std::string> files = residue_.Files();
  const Victim client = {.life = [&] { return CallAndWait(service.name()); },
                         .meanwhile =
                             [&] {
                               if (AnswersNow()) service.Answer();
                             }};
  KillAgainAndAgain(client, [&] { service.ExpectTheEndOfAll(); });
  EXPECT_EQ(residue_.Files(), files);
  EXPECT_GT(service.requests(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, DyingClientTest,
                         Combine(Values(Kind::kNewAbstract, Kind::kAbstract,
                                        Kind::kNewPath, Kind::kPath),
                                 Values(Moments::kCalls, Moments::kTimes)),
                         &NameOf);

class WaitingClientTest : public DyingClientTest {};

TEST_P(WaitingClientTest, LeavesNothingWhereItWaitedToConnect) {
  ListenerOptions options = Options();
  options.backlog = 1;
  absl::StatusOr<Door> door = Door::Create(options);
  ASSERT_THAT(door, IsOk());
  const auto fill = [&] {
    std::vector<Sender<Request>> clients;
    while (true) {
      auto one = Connect<Request>(door->name(), absl::InfinitePast());
      if (!one.ok()) {
        EXPECT_THAT(one, StatusIs(absl::StatusCode::kDeadlineExceeded));
        return clients;
      }
      clients.push_back(*std::move(one));
    }
  };
  const Victim client = {.life = [&] { return WaitToConnect(door->name()); }};
  std::vector<Sender<Request>> waiting = fill();
  KillAgainAndAgain(client, [&] {
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      EXPECT_THAT(door->TryAccept(), IsOkAndHolds(::testing::Ne(std::nullopt)));
    }
    EXPECT_THAT(door->TryAccept(), IsOkAndHolds(::testing::Eq(std::nullopt)));
    waiting = fill();
  });
}

INSTANTIATE_TEST_SUITE_P(All, WaitingClientTest,
                         Combine(Values(Kind::kAbstract, Kind::kPath),
                                 Values(Moments::kCalls, Moments::kTimes)),
                         &NameOf);

// A server for one client serves a dying one, if that has sent, or the next.
class DyingOnlyClientTest : public DyingClientTest {};

TEST_P(DyingOnlyClientTest, IsServedOrTheNextIs) {
  std::optional<OneShotServer<Request>> server;
  const auto renew = [&server] {
    absl::StatusOr<OneShotServer<Request>> made =
        OneShotServer<Request>::Create();
    ASSERT_THAT(made, IsOk());
    server.emplace(*std::move(made));
  };
  bool is_served = false;
  const auto answer = [&] {
    if (is_served || !AnswersNow()) return;
    auto accepted = server->Accept(absl::InfinitePast());
    is_served = accepted.ok();
    if (is_served) accepted->first.reply.TrySend("served").IgnoreError();
  };
  const Victim client = {.life = [&] { return CallAndWait(server->name()); },
                         .meanwhile = answer};
  renew();
  KillAgainAndAgain(client, [&] {
    if (!is_served) {
      absl::StatusOr<Client> good = Client::Call(server->name());
      EXPECT_THAT(good, IsOk());
      auto accepted = server->Accept(Soon());
      ASSERT_THAT(accepted, IsOk());
      EXPECT_EQ(accepted->first.text, LargeText());
    }
    is_served = false;
    renew();
  });
}

INSTANTIATE_TEST_SUITE_P(All, DyingOnlyClientTest,
                         Combine(Values(Kind::kOneShot),
                                 Values(Moments::kCalls, Moments::kTimes)),
                         &NameOf);

}  // namespace
}  // namespace ipc_channel
