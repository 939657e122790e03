#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"

// What a back end owes to sets of receivers: that waiting for it is true. What
// sets owe to their users is tested in transport/receiver_set_test.cc.

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ReceiverSet;
using ::ipc_channel::transport::Sender;

// What happens first in `set`: the text of a message, or an error.
absl::StatusOr<std::string> Next(ReceiverSet& set, absl::Time deadline) {
  std::vector<ReceiverSet::Event> buffer(1);
  const absl::StatusOr<std::span<ReceiverSet::Event>> events =
      set.Wait(deadline, buffer);
  if (!events.ok()) return events.status();
  if (!buffer[0].status.ok()) return buffer[0].status;
  return Text(buffer[0].message.payload());
}

TEST_P(TransportContractTest, SetIsReadyWhileThereIsAMessageAndNotAfter) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(SendText(sender, "before"));
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(receiver)));
  ASSERT_OK(SendText(sender, "after"));
  EXPECT_THAT(Next(set, absl::InfinitePast()), IsOkAndHolds("before"));
  EXPECT_THAT(Next(set, absl::InfinitePast()), IsOkAndHolds("after"));
  EXPECT_THAT(Next(set, absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_P(TransportContractTest, SetIsWokenByAMessageAndByTheEnd) {
  auto [sender, receiver] = NewChannel();
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(receiver)));
  for (int round = 0; round < 100; ++round) {
    std::thread other(
        [&sender = sender] { EXPECT_OK(SendText(sender, "wake up")); });
    EXPECT_THAT(Next(set, Soon()), IsOkAndHolds("wake up"));
    other.join();
  }
  std::thread other([&sender = sender] { sender = Sender(); });
  EXPECT_THAT(Next(set, Soon()), StatusIs(absl::StatusCode::kUnavailable));
  other.join();
}

TEST_P(TransportContractTest, ReceiverMovesFromSetToSet) {
  auto [sender, receiver] = NewChannel();
  ReceiverSet first;
  ReceiverSet second;
  for (int round = 0; round < 3; ++round) {
    ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                         first.Add(std::move(receiver)));
    ASSERT_OK(SendText(sender, "queued"));
    ASSERT_OK_AND_ASSIGN(receiver, first.Remove(id));
    std::swap(first, second);
  }
  EXPECT_TRUE(ReceiveText(receiver).ok());
  ASSERT_OK(second.Add(std::move(receiver)));
  EXPECT_THAT(Next(second, Soon()), IsOkAndHolds("queued"));
  EXPECT_THAT(Next(second, Soon()), IsOkAndHolds("queued"));
  EXPECT_THAT(Next(second, absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

// Payloads that do not fit into a packet, from two threads, one event each.
TEST_P(TransportContractTest, SetGivesLargeMessagesWhole) {
  constexpr std::size_t kChannels = 2;
  ReceiverSet set;
  std::map<ReceiverSet::Id, std::vector<std::byte>> due;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kChannels; ++i) {
    auto [sender, receiver] = NewChannel();
    ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                         set.Add(std::move(receiver)));
    const std::vector<std::byte>& payload = due[id] = Pattern(1 << 20, id);
    threads.emplace_back([&payload, sender = std::move(sender)] {
      EXPECT_OK(sender.Send(payload, Soon()));
    });
  }
  std::vector<ReceiverSet::Event> buffer(kChannels);
  while (set.size() > 0) {
    ASSERT_OK_AND_ASSIGN(const std::span<ReceiverSet::Event> events,
                         set.Wait(Soon(), buffer));
    for (const ReceiverSet::Event& event : events) {
      if (event.status.ok()) {
        EXPECT_TRUE(Holds(event.message, due[event.id]));
        due.erase(event.id);
      } else {
        EXPECT_THAT(event.status, StatusIs(absl::StatusCode::kUnavailable));
        EXPECT_FALSE(due.contains(event.id));
      }
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(due.empty());
}

}  // namespace
}  // namespace ipc_channel_testing
