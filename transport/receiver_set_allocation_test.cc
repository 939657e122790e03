// A set of receivers in a process that runs out of memory.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ScopedAllocationFailure;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Text;

using Event = ReceiverSet::Event;
using How = ScopedAllocationFailure::How;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

// Calls `operation` with an allocation that fails after 0, 1, 2... others,
// until it needs no more.
template <class Operation>
void AtEveryAllocation(How how, Operation operation) {
  bool failed = true;
  for (std::uint64_t successes = 0; failed; ++successes) {
    SCOPED_TRACE(successes);
    ASSERT_LT(successes, 1000u);
    failed = operation(successes, how);
  }
}

// The text of the next message; the status of the event otherwise.
absl::StatusOr<std::string> NextText(ReceiverSet& set) {
  std::vector<Event> buffer(3);
  const absl::StatusOr<std::span<Event>> events = set.Wait(Soon(), buffer);
  if (!events.ok()) return events.status();
  if (!events->front().status.ok()) return events->front().status;
  return std::string(Text(events->front().message.payload()));
}

enum class BackEnd { kDefault, kInprocess };

class ReceiverSetAllocationTest
    : public ::testing::TestWithParam<std::tuple<BackEnd, How>> {
 protected:
  static ChannelPair NewChannel() {
    absl::StatusOr<ChannelPair> pair =
        std::get<0>(GetParam()) == BackEnd::kDefault ? CreateChannel()
                                                     : CreateInprocessChannel();
    EXPECT_OK(pair);
    return *std::move(pair);
  }
  static How how() { return std::get<1>(GetParam()); }
};

TEST_P(ReceiverSetAllocationTest, FailedAddLeavesTheReceiverWithItsCaller) {
  AtEveryAllocation(how(), [](std::uint64_t successes, How how) {
    ChannelPair pair = NewChannel();
    EXPECT_OK(SendText(pair.sender, "queued"));
    ReceiverSet set;
    absl::Status status;
    bool failed;
    {
      const ScopedAllocationFailure failure(successes, how);
      status = set.Add(std::move(pair.receiver)).status();
      failed = failure.happened();
    }
    if (!status.ok()) {
      EXPECT_THAT(status, StatusIs(kExhausted));
      EXPECT_TRUE(pair.receiver.valid());
      EXPECT_EQ(set.size(), 0u);
      EXPECT_OK(set.Add(std::move(pair.receiver)));
    }
    EXPECT_THAT(NextText(set), IsOkAndHolds("queued"));
    return failed;
  });
}

TEST_P(ReceiverSetAllocationTest, WaitThatFindsNoMemoryTakesNothing) {
  AtEveryAllocation(how(), [](std::uint64_t successes, How how) {
    ChannelPair pair = NewChannel();
    ReceiverSet set;
    EXPECT_OK(set.Add(std::move(pair.receiver)));
    std::vector<Event> buffer(3);
    absl::Status status;
    bool failed;
    {
      const ScopedAllocationFailure failure(successes, how);
      status = set.Wait(absl::InfinitePast(), buffer).status();
      failed = failure.happened();
    }
    EXPECT_EQ(status.code(),
              failed ? kExhausted : absl::StatusCode::kDeadlineExceeded);
    EXPECT_OK(SendText(pair.sender, "sent"));
    EXPECT_THAT(NextText(set), IsOkAndHolds("sent"));
    return failed;
  });
}

// What a sender in the same process has to tell the set cannot fail after the
// message was taken.
TEST_P(ReceiverSetAllocationTest, SendToASetIsTakenOrRefused) {
  AtEveryAllocation(how(), [](std::uint64_t successes, How how) {
    ChannelPair pair = NewChannel();
    ReceiverSet set;
    EXPECT_OK(set.Add(std::move(pair.receiver)));
    const std::vector<std::byte> payload = Pattern(20'000);
    absl::Status status;
    bool failed;
    {
      const ScopedAllocationFailure failure(successes, how);
      status = pair.sender.Send(payload, absl::InfinitePast());
      failed = failure.happened();
    }
    if (!status.ok()) {
      EXPECT_THAT(status, StatusIs(kExhausted));
    }
    EXPECT_OK(SendText(pair.sender, "behind"));
    if (status.ok()) {
      EXPECT_THAT(NextText(set), IsOk());
    }
    EXPECT_THAT(NextText(set), IsOkAndHolds("behind"));
    return failed;
  });
}

INSTANTIATE_TEST_SUITE_P(
    Ways, ReceiverSetAllocationTest,
    ::testing::Combine(::testing::Values(BackEnd::kDefault,
                                         BackEnd::kInprocess),
                       ::testing::Values(How::kOnce, How::kFromThenOn)),
    [](const auto& info) {
      return std::string(std::get<0>(info.param) == BackEnd::kDefault
                             ? "Default"
                             : "Inprocess") +
             (std::get<1>(info.param) == How::kOnce ? "Once" : "FromThenOn");
    });

}  // namespace
}  // namespace ipc_channel::transport
