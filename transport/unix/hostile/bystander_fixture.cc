#include "ipc_channel/transport/unix/hostile/bystander_fixture.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unix/hostile/bystanders.h"
#include "ipc_channel/transport/unix/hostile/footprint.h"

namespace ipc_channel_hostile {
namespace {

using ::ipc_channel::transport::ReceiverSet;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::Soon;

constexpr int kBystanders = 3;
// Each manner of receiving once, and what is made on first use.
constexpr int kWarmUpRounds = 4;

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

}  // namespace ipc_channel_hostile
