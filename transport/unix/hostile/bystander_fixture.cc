#include "ipc_channel/transport/unix/hostile/bystander_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/environment.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/hostile/bystanders.h"
#include "ipc_channel/transport/unix/hostile/footprint.h"
#include "ipc_channel/transport/unix/hostile/hang_guard.h"
#include "ipc_channel/transport/unix/hostile/peer_process.h"

namespace ipc_channel_hostile {
namespace {

using ::ipc_channel::transport::ReceiverSet;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::NumberFromEnvironment;
using ::ipc_channel_testing::Soon;

constexpr int kUsualRounds = 40;
constexpr int kBystanders = 3;
// Each manner of receiving once, and what is made on first use.
constexpr int kWarmUpRounds = 4;
// After so many times the rounds, an allocator has all the mappings it wants.
constexpr int kMostComparisons = 5;

// What all tests of the program share.
struct Scene {
  Bystanders bystanders;
  ReceiverSet set;
  std::map<ReceiverSet::Id, Bystander*> in_set;  // all but the last
};

Scene* scene = nullptr;

int Rounds(int of_forty) {
  const auto usual = static_cast<int>(
      NumberFromEnvironment("IPC_CHANNEL_HOSTILE_ROUNDS", kUsualRounds));
  return of_forty == 0 ? usual : std::max(1, usual * of_forty / kUsualRounds);
}

void Ask(Bystander& bystander) {
  const absl::Status asked = bystander.Ask();
  EXPECT_OK(asked);
}

}  // namespace

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

std::optional<BystanderTest::Ends> BystanderTest::NewEnds(bool shares_the_end) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    ADD_FAILURE() << "socketpair";
    return std::nullopt;
  }
  Ends ends{.victims = UniqueFd(pair[1]), .theirs = UniqueFd(pair[0])};
  if (shares_the_end) {
    ends.shared.Reset(::fcntl(pair[1], F_DUPFD_CLOEXEC, 0));
  }
  return ends;
}

void BystanderTest::RunRounds(const PeerProcess& peer, int of_forty,
                              const std::function<bool(int)>& round) {
  const int rounds = Rounds(of_forty);
  HangGuard guard([pid = peer.pid()] {
    std::fprintf(stderr, "the victim hangs: the peer is killed\n");
    ::kill(pid, SIGKILL);
  });
  LoneRoundTrips alone(scene->bystanders.all.back());
  const auto goes_on = [&](int number) {
    guard.Restart();
    SCOPED_TRACE(::testing::Message() << "round " << number);
    return round(number) && !::testing::Test::HasFailure();
  };
  int number = 0;
  const auto run = [&](int count) {
    for (int i = 0; i < count; ++i) {
      if (!goes_on(number++)) return false;
    }
    return true;
  };
  if (!run(kWarmUpRounds)) return;
  const FdLeakCheck descriptors;
  ::testing::AssertionResult maps_no_more = ::testing::AssertionFailure();
  for (int i = 0; i < kMostComparisons && !maps_no_more; ++i) {
    const Footprint footprint;
    if (!run(rounds)) return;
    // While the lone one has what it had at first: a buffer for messages.
    EXPECT_TRUE(footprint.HasNotGrown(rounds));
    maps_no_more = footprint.MapsNoMore(rounds);
  }
  EXPECT_TRUE(maps_no_more);
  EXPECT_OK(alone.Stop());
  EXPECT_TRUE(descriptors.NoLeak());
}

std::optional<Account> BystanderTest::EndOfRound(PeerProcess& peer) {
  const absl::StatusOr<Account> account = peer.EndOfRound();
  if (absl::IsUnimplemented(account.status())) {
    [&] { GTEST_SKIP() << account.status().message(); }();
    return std::nullopt;
  }
  EXPECT_OK(account);
  if (!account.ok()) return std::nullopt;
  return *account;
}

}  // namespace ipc_channel_hostile
