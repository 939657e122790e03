#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/hostile/bystanders.h"
#include "ipc_channel/transport/unix/hostile/footprint.h"
#include "ipc_channel/transport/unix/hostile/hang_guard.h"
#include "ipc_channel/transport/unix/hostile/peer_process.h"
#include "ipc_channel/transport/unix/hostile/victim.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel_hostile {
namespace {

using ::ipc_channel::transport::AdoptUnixReceiver;
using ::ipc_channel::transport::IsDisconnected;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::ReceiverSet;
using ::ipc_channel::transport::UniqueFd;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::Soon;

constexpr int kBystanders = 3;
constexpr int kManners = 4;
// Each manner once, and what is made on first use.
constexpr int kWarmUpRounds = kManners;
// That bystanders make while a flood goes on, at the least.
constexpr std::uint64_t kRoundTripsInAFlood = 20;

// What all tests of the program share.
struct Scene {
  Bystanders bystanders;
  ReceiverSet set;
  std::map<ReceiverSet::Id, Bystander*> in_set;  // all but the last
};

Scene* scene = nullptr;

void Ask(Bystander& bystander) {
  const absl::Status asked = bystander.Ask();
  EXPECT_OK(asked);
}

}  // namespace

std::string NameOf(const ::testing::TestParamInfo<AttackCase>& info) {
  return info.param.name;
}

int UsualRounds() {
  const char* const asked = std::getenv("IPC_CHANNEL_HOSTILE_ROUNDS");
  return asked == nullptr ? 40 : std::max(1, std::atoi(asked));
}

void BystanderTest::SetUpTestSuite() {
  absl::StatusOr<Bystanders> started = StartBystanders(kBystanders);
  ASSERT_OK(started);
  scene = new Scene{.bystanders = *std::move(started)};
  for (int i = 0; i + 1 < kBystanders; ++i) {
    Bystander& bystander = scene->bystanders.all[i];
    const absl::StatusOr<ReceiverSet::Id> id =
        scene->set.Add(std::move(bystander.answers));
    ASSERT_OK(id);
    scene->in_set[*id] = &bystander;
    Ask(bystander);
  }
}

void BystanderTest::TearDownTestSuite() {
  delete scene;
  scene = nullptr;
}

ReceiverSet& BystanderTest::set() { return scene->set; }

void BystanderTest::Serve(const ReceiverSet::Event& event) {
  const auto found = scene->in_set.find(event.id);
  ASSERT_TRUE(found != scene->in_set.end()) << "an event of nobody's";
  ASSERT_OK(event.status);
  ASSERT_OK(found->second->TakeAnswer(event.message));
  Ask(*found->second);
}

std::uint64_t BystanderTest::RoundTrips() {
  std::uint64_t least = ~std::uint64_t{0};
  for (const auto& [id, bystander] : scene->in_set) {
    least = std::min(least, bystander->answered);
  }
  return least;
}

void BystanderTest::ServeBystanders(std::uint64_t round_trips) {
  const std::uint64_t enough = RoundTrips() + round_trips;
  std::vector<ReceiverSet::Event> buffer(4);
  while (RoundTrips() < enough && !::testing::Test::HasFailure()) {
    const auto events = set().Wait(Soon(), buffer);
    ASSERT_OK(events);
    for (const ReceiverSet::Event& event : *events) Serve(event);
  }
}

void BystanderTest::RunRounds(int rounds,
                              const std::function<bool(int)>& round) {
  LoneRoundTrips alone(scene->bystanders.all.back());
  int number = 0;
  while (number < kWarmUpRounds) {
    if (!round(number++)) return;
  }
  const FdLeakCheck descriptors;
  const Footprint footprint;
  for (; number < kWarmUpRounds + rounds; ++number) {
    if (!round(number) || ::testing::Test::HasFailure()) return;
  }
  EXPECT_OK(alone.Stop());
  EXPECT_TRUE(descriptors.NoLeak());
  EXPECT_TRUE(footprint.HasNotGrown(rounds));
}

void HostilePeerTest::Attack() {
  absl::StatusOr<PeerProcess> peer = PeerProcess::Start(GetParam().name);
  ASSERT_OK(peer);
  const pid_t pid = peer->pid();
  HangGuard guard([pid] {
    std::fprintf(stderr, "the victim hangs: the peer is killed\n");
    ::kill(pid, SIGKILL);
  });
  const int rounds = GetParam().rounds > 0
                         ? std::min(GetParam().rounds, UsualRounds())
                         : UsualRounds();
  RunRounds(rounds, [&](int number) {
    guard.Restart();
    SCOPED_TRACE(::testing::Message() << "round " << number);
    return RunRound(*peer, number);
  });
}

Tally HostilePeerTest::ReceiveInSet(PeerProcess& peer, int number,
                                    Receiver receiver) const {
  Tally tally(number);
  const absl::StatusOr<ReceiverSet::Id> attacked =
      set().Add(std::move(receiver));
  EXPECT_OK(attacked);
  if (!attacked.ok()) return tally;
  const std::uint64_t enough =
      RoundTrips() + (GetParam().flood > 0 ? kRoundTripsInAFlood : 1);
  bool is_flooding = GetParam().flood > 0;
  std::vector<ReceiverSet::Event> buffer(4);
  while ((!tally.is_concluded() || RoundTrips() < enough) && !HasFailure()) {
    const auto events = set().Wait(Soon(), buffer);
    EXPECT_OK(events);
    if (!events.ok()) break;
    for (ReceiverSet::Event& event : *events) {
      if (event.id == *attacked) {
        tally.Count(event.status, event.message);
      } else {
        Serve(event);
      }
    }
    if (is_flooding && tally.events() >= GetParam().flood &&
        RoundTrips() >= enough) {
      EXPECT_OK(peer.StopFlood());
      is_flooding = false;
    }
  }
  // The set has dropped it if the channel has ended.
  set().Remove(*attacked).status().IgnoreError();
  return tally;
}

Tally HostilePeerTest::ReceiveAlone(PeerProcess& peer, int number,
                                    Manner manner, Receiver receiver) const {
  Tally tally(number);
  bool is_flooding = GetParam().flood > 0;
  const absl::Time limit = Soon();
  Message message;
  while (!tally.is_concluded() && !HasFailure()) {
    const absl::Status status = ReceiveIn(manner, receiver, message);
    tally.Count(status, message);
    if (absl::IsDeadlineExceeded(status) && absl::Now() > limit) {
      ADD_FAILURE() << "nothing for a minute";
    }
    if (is_flooding && tally.events() >= GetParam().flood) {
      EXPECT_OK(peer.StopFlood());
      is_flooding = false;
    }
  }
  return tally;
}

bool HostilePeerTest::RunRound(PeerProcess& peer, int number) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    ADD_FAILURE() << "socketpair";
    return false;
  }
  UniqueFd theirs(pair[0]);
  UniqueFd shared;
  if (GetParam().shares_the_end) {
    shared.Reset(::fcntl(pair[1], F_DUPFD_CLOEXEC, 0));
  }
  absl::StatusOr<Receiver> receiver = AdoptUnixReceiver(UniqueFd(pair[1]));
  EXPECT_OK(receiver);
  EXPECT_OK(peer.StartRound(number, std::move(theirs), std::move(shared)));
  if (HasFailure()) return false;
  const int manner = number % kManners;
  Tally tally = manner == kManners - 1
                    ? ReceiveInSet(peer, number, *std::move(receiver))
                    : ReceiveAlone(peer, number,
                                   GetParam().may_starve && manner == 0
                                       ? Manner::kUntilDeadline
                                       : static_cast<Manner>(manner),
                                   *std::move(receiver));
  ServeBystanders(1);
  const absl::StatusOr<Account> account = peer.EndOfRound();
  if (absl::IsUnimplemented(account.status())) {
    [&] { GTEST_SKIP() << account.status().message(); }();
    return false;
  }
  EXPECT_OK(account);
  if (!account.ok()) return false;
  EXPECT_TRUE(tally.Agrees(*account));
  const bool is_ended = GetParam().outcome == Outcome::kEnded;
  EXPECT_EQ(tally.is_good(), !is_ended);
  if (GetParam().outcome == Outcome::kDropped) {
    EXPECT_GT(account->bad, 0);
    EXPECT_EQ(account->fine + account->odd, 0);
  }
  if (GetParam().outcome == Outcome::kHarmless) {
    EXPECT_EQ(account->bad + account->odd, 0);
  }
  return !HasFailure();
}

TEST_P(HostilePeerTest, HarmsOneMessageAtMost) { Attack(); }

}  // namespace ipc_channel_hostile
