// What routing takes from the heap.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/executor.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/router/router_options.h"
#include "ipc_channel/channel/router/test_helpers.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::AllocationCount;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::StatusIs;

constexpr int kWarmUps = 300;  // each place of an in-process queue
constexpr int kMessages = 200;

// On a busy machine a callback may seem to block. Another thread that receives
// needs buffers of its own.
const RouterOptions kNoChangeOfThreads = {.blocked_after =
                                              absl::InfiniteDuration()};

// The number of allocations of the whole process for kMessages messages that
// are sent one after the other, and in batches, after some others.
template <class Send>
std::uint64_t AllocationsFor(Send send, const std::atomic<int>& received) {
  bool all_well = true;
  const auto go = [&](int batch) {
    const int before = received;
    for (int i = 0; i < batch; ++i) all_well &= send();
    while (received < before + batch) {
    }
  };
  for (int i = 0; i < kWarmUps; ++i) go(1);
  for (int i = 0; i < 40; ++i) go(20);
  const std::uint64_t before = AllocationCount();
  for (int i = 0; i < kMessages; ++i) go(1);
  for (int i = 0; i < 10; ++i) go(20);
  const std::uint64_t allocations = AllocationCount() - before;
  EXPECT_TRUE(all_well);
  return allocations;
}

TEST(AllocationTest, ValuesCostNoneOfOurs) {
  std::atomic<int> received = 0;
  const std::unique_ptr<Router> router = MakeRouter(kNoChangeOfThreads);
  const ChannelEnds<int> ends = [&] {
    ChannelEnds<int> made = MakeChannel<int>();
    EXPECT_OK(router->AddRoute(
        std::move(made.receiver),
        [&](absl::StatusOr<int> value) { received += value.value_or(0); }));
    return made;
  }();
  EXPECT_EQ(AllocationsFor([&] { return ends.sender.Send(1).ok(); }, received),
            0u);
}

TEST(AllocationTest, BytesInPlaceCostNone) {
  std::atomic<int> received = 0;
  const std::unique_ptr<Router> router = MakeRouter(kNoChangeOfThreads);
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  ASSERT_OK(router->AddBytesRoute(
      std::move(ends.receiver),
      [&](absl::StatusOr<std::span<const std::byte>> bytes) {
        received += bytes.ok() && bytes->size() == 5;
      }));
  EXPECT_EQ(
      AllocationsFor([&] { return ends.sender.Send("bytes").ok(); }, received),
      0u);
}

// Whatever allocation fails, the receiver is still the caller's.
TEST(AllocationTest, AddWithoutMemoryTakesNothing) {
  const std::unique_ptr<Router> router = MakeRouter();
  ChannelEnds<int> first = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(std::move(first.receiver), [](auto) {}));
  ChannelEnds<int> ends = MakeChannel<int>();
  int failures = 0;
  for (std::uint64_t successes = 0;; ++successes) {
    absl::StatusOr<RouteId> added = RouteId();
    bool happened = false;
    {
      ScopedAllocationFailure failure(
          successes, ScopedAllocationFailure::How::kFromThenOn);
      added = router->AddRoute(std::move(ends.receiver), [](auto) {});
      happened = failure.happened();
    }
    if (!happened) {
      EXPECT_THAT(added, IsOk());
      break;
    }
    ++failures;
    ASSERT_THAT(added, StatusIs(absl::StatusCode::kResourceExhausted));
    ASSERT_TRUE(ends.receiver.valid());
    ASSERT_EQ(router->stats().routes, 1u);
  }
  EXPECT_GT(failures, 3);
}

// It is a thread that has not waited before whose memory fails, for it is the
// second of two that are received together and the first one blocks.
TEST(AllocationTest, ThreadThatTakesTheLeadWithoutMemoryGoesOn) {
  Reports<int> reports;
  ChannelEnds<int> gate = MakeQueue<int>();
  std::optional<ScopedAllocationFailure> failure;
  std::array<ChannelEnds<int>, 2> ends = {MakeChannel<int>(),
                                          MakeChannel<int>()};
  for (ChannelEnds<int>& each : ends) ASSERT_OK(each.sender.Send(1));
  ChannelEnds<int> adder = MakeChannel<int>();
  const std::unique_ptr<Router> router = MakeRouter();
  std::atomic<int> calls = 0;  // which overlap
  ASSERT_OK(router->AddRoute(std::move(adder.receiver), [&](auto) {
    for (ChannelEnds<int>& each : ends) {
      EXPECT_OK(router->AddRoute(std::move(each.receiver), [&](auto) {
        switch (++calls) {
          case 1:
            gate.receiver.Recv().status().IgnoreError();
            break;
          case 2:
            reports.Add(2);
            failure.emplace(0, ScopedAllocationFailure::How::kFromThenOn);
            break;
          default:
            failure.reset();
            reports.Add(3);
        }
      }));
    }
  }));
  ASSERT_OK(adder.sender.Send(1));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(2));
  for (ChannelEnds<int>& each : ends) ASSERT_OK(each.sender.Send(1));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(3));
  gate.sender = {};
}

// Runs tasks in the call. After the first one the thread has no memory until
// the next.
class StarvingExecutor final : public Executor {
 public:
  void Execute(Task task) override {
    failure_.reset();
    std::move(task)();
    if (std::exchange(is_first_, false)) {
      failure_.emplace(0, ScopedAllocationFailure::How::kFromThenOn);
      is_starving_ = true;
    }
  }
  bool is_starving() const { return is_starving_; }

 private:
  std::atomic<bool> is_starving_ = false;
  bool is_first_ = true;
  std::optional<ScopedAllocationFailure> failure_;
};

TEST(AllocationTest, PostingATaskCostsNone) {
  Reports<int> reports;
  const auto executor = std::make_shared<StarvingExecutor>();
  const std::unique_ptr<Router> router = MakeRouter({.executor = executor});
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(
      std::move(ends.receiver),
      [&](const absl::StatusOr<int>& value) { reports.Add(value.ok()); },
      [&](const absl::Status&) { reports.Add(-1); }));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(1));
  ASSERT_TRUE(Eventually([&] { return executor->is_starving(); }));
  ASSERT_OK(ends.sender.Send(1));
  // A value, or that it was lost.
  EXPECT_THAT(reports.Next(), IsOkAndHolds(::testing::Ge(0)));
  EXPECT_TRUE(Eventually([&] { return router->stats().routes == 1; }));
}

}  // namespace
}  // namespace ipc_channel
