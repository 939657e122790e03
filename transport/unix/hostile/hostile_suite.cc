#include "ipc_channel/transport/unix/hostile/hostile_suite.h"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/status.h"
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
using ::ipc_channel_testing::Soon;

constexpr int kManners = 4;
// That bystanders make while a flood goes on, at the least.
constexpr std::uint64_t kRoundTripsInAFlood = 20;

// Any thread may get them.
std::atomic<bool> signals_seen = false;
static_assert(std::atomic<bool>::is_always_lock_free);

// The default is death.
void HandleSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { signals_seen = true; };
  ::sigaction(SIGIO, &action, nullptr);
}

}  // namespace

std::string NameOf(const ::testing::TestParamInfo<AttackCase>& info) {
  return info.param.name;
}

void HostilePeerTest::Attack() {
  absl::StatusOr<PeerProcess> peer = PeerProcess::Start(GetParam().name);
  ASSERT_OK(peer);
  HandleSignals();
  signals_seen = false;
  RunRounds(*peer, GetParam().rounds,
            [&](int number) { return RunRound(*peer, number); });
  EXPECT_EQ(signals_seen, GetParam().sends_signals);
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
  std::optional<Ends> ends = NewEnds(GetParam().shares_the_end);
  if (!ends.has_value()) return false;
  absl::StatusOr<Receiver> receiver =
      AdoptUnixReceiver(std::move(ends->victims));
  EXPECT_OK(receiver);
  EXPECT_OK(peer.StartRound(number, std::move(ends->theirs),
                            std::move(ends->shared)));
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
  const std::optional<Account> account = EndOfRound(peer);
  if (!account.has_value()) return false;
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
