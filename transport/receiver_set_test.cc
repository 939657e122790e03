#include "ipc_channel/transport/receiver_set.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Fill;
using ::ipc_channel_testing::IsClosed;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Text;

using Id = ReceiverSet::Id;
using Event = ReceiverSet::Event;

// Which back end the channels of a test have, in turn.
struct BackEnds {
  std::string name;
  std::vector<absl::StatusOr<ChannelPair> (*)(const ChannelOptions&)> create;
};

void PrintTo(const BackEnds& back_ends, std::ostream* os) {
  *os << back_ends.name;
}

class ReceiverSetTest : public ::testing::TestWithParam<BackEnds> {
  ExpectNoFdLeak no_leak_;

 protected:
  // A new channel whose receiver is in the set.
  std::pair<Sender, Id> AddChannel() {
    ChannelPair pair = NewChannel();
    const absl::StatusOr<Id> id = set_.Add(std::move(pair.receiver));
    EXPECT_OK(id);
    return {std::move(pair.sender), id.ok() ? *id : 0};
  }

  ChannelPair NewChannel() {
    const auto& create = GetParam().create;
    absl::StatusOr<ChannelPair> pair = create[created_++ % create.size()]({});
    EXPECT_OK(pair);
    return pair.ok() ? *std::move(pair) : ChannelPair();
  }

  // Waits for events; none after an error, which fails the test.
  std::span<Event> Wait(std::size_t limit = 1000) {
    buffer_.resize(limit);
    const absl::StatusOr<std::span<Event>> events = set_.Wait(Soon(), buffer_);
    EXPECT_OK(events);
    return events.ok() ? *events : std::span<Event>();
  }

  void ExpectMessage(Id id, const std::string& text) {
    const std::span<Event> events = Wait();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].id, id);
    EXPECT_OK(events[0].status);
    EXPECT_EQ(Text(events[0].message.payload()), text);
  }

  void ExpectClosed(Id id) {
    const std::span<Event> events = Wait();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].id, id);
    EXPECT_THAT(events[0].status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(set_.Remove(id), StatusIs(absl::StatusCode::kInvalidArgument));
  }

  void ExpectNothing(absl::Time deadline = absl::InfinitePast()) {
    buffer_.resize(3);
    EXPECT_THAT(set_.Wait(deadline, buffer_),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }

  ReceiverSet set_;
  std::vector<Event> buffer_;

 private:
  std::size_t created_ = 0;
};

INSTANTIATE_TEST_SUITE_P(
    BackEnds, ReceiverSetTest,
    ::testing::Values(BackEnds{"Default", {CreateChannel}},
                      BackEnds{"Inprocess", {CreateInprocessChannel}},
                      BackEnds{"Mixed",
                               {CreateChannel, CreateInprocessChannel}}),
    [](const ::testing::TestParamInfo<BackEnds>& info) {
      return info.param.name;
    });

TEST_P(ReceiverSetTest, MessageComesWithTheIdOfItsChannel) {
  const auto [first, first_id] = AddChannel();
  const auto [second, second_id] = AddChannel();
  EXPECT_EQ(set_.size(), 2u);
  EXPECT_NE(first_id, second_id);
  ASSERT_OK(SendText(second, "to the second"));
  ExpectMessage(second_id, "to the second");
  ASSERT_OK(SendText(first, "to the first"));
  ExpectMessage(first_id, "to the first");
  ExpectNothing();
}

TEST_P(ReceiverSetTest, HandlesArrive) {
  const auto [sender, id] = AddChannel();
  Pipe pipe = NewPipe();
  ASSERT_OK(sender.Send({}, Lend(pipe.write_end)));
  const std::span<Event> events = Wait();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].message.handles().size(), 1u);
  // The next call drops what was left in the buffer.
  ExpectNothing();
  EXPECT_TRUE(IsClosed(pipe.read_end));
}

TEST_P(ReceiverSetTest, WhatWasQueuedBeforeAddIsGiven) {
  ChannelPair pair = NewChannel();
  ASSERT_OK(SendText(pair.sender, "early"));
  ASSERT_OK_AND_ASSIGN(const Id id, set_.Add(std::move(pair.receiver)));
  EXPECT_FALSE(pair.receiver.valid());
  ExpectMessage(id, "early");
}

TEST_P(ReceiverSetTest, ClosedOnceAfterTheLastMessage) {
  auto [sender, id] = AddChannel();
  const auto [other, other_id] = AddChannel();
  ASSERT_OK(SendText(sender, "last but one"));
  ASSERT_OK(SendText(sender, "last"));
  sender = Sender();
  ExpectMessage(id, "last but one");
  ExpectMessage(id, "last");
  EXPECT_EQ(set_.size(), 2u);
  ExpectClosed(id);
  EXPECT_EQ(set_.size(), 1u);
  ExpectNothing();
}

TEST_P(ReceiverSetTest, ClosedBeforeAdd) {
  ChannelPair pair = NewChannel();
  pair.sender = Sender();
  ASSERT_OK_AND_ASSIGN(const Id id, set_.Add(std::move(pair.receiver)));
  ExpectClosed(id);
  EXPECT_EQ(set_.size(), 0u);
}

TEST_P(ReceiverSetTest, ClosedWhileIdle) {
  auto [sender, id] = AddChannel();
  ExpectNothing();
  sender = Sender();
  ExpectClosed(id);
}

TEST_P(ReceiverSetTest, EmptyMessageIsNotTheEnd) {
  const auto [sender, id] = AddChannel();
  ASSERT_OK(SendText(sender, ""));
  ExpectMessage(id, "");
  EXPECT_EQ(set_.size(), 1u);
  ASSERT_OK(SendText(sender, "more"));
  ExpectMessage(id, "more");
}

TEST_P(ReceiverSetTest, RemoveGivesBackWhatIsQueued) {
  const auto [sender, id] = AddChannel();
  const auto [other, other_id] = AddChannel();
  for (const char* text : {"one", "two", "three"}) {
    ASSERT_OK(SendText(sender, text));
  }
  ExpectMessage(id, "one");
  ASSERT_OK_AND_ASSIGN(Receiver receiver, set_.Remove(id));
  EXPECT_EQ(set_.size(), 1u);
  ASSERT_OK(SendText(sender, "four"));
  ExpectNothing();
  for (const char* text : {"two", "three", "four"}) {
    EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds(text));
  }
  EXPECT_THAT(set_.Remove(id), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(ReceiverSetTest, IdsAreNeverUsedAgain) {
  std::set<Id> ids;
  auto [sender, id] = AddChannel();
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(id, 0u);
    EXPECT_TRUE(ids.insert(id).second) << id;
    ASSERT_OK_AND_ASSIGN(Receiver receiver, set_.Remove(id));
    ASSERT_OK_AND_ASSIGN(id, set_.Add(std::move(receiver)));
    ASSERT_OK(SendText(sender, "hello"));
    ExpectMessage(id, "hello");
  }
  sender = Sender();
  ExpectClosed(id);
  EXPECT_FALSE(ids.contains(AddChannel().second));
}

TEST_P(ReceiverSetTest, IdleSetKeepsTheDeadline) {
  const auto [sender, id] = AddChannel();
  for (int i = 0; i < 2; ++i) {
    const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
    ExpectNothing(deadline);
    EXPECT_GE(absl::Now(), deadline);
  }
}

TEST_P(ReceiverSetTest, EmptySetKeepsTheDeadlineButDoesNotWaitForEver) {
  ExpectNothing();
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  ExpectNothing(deadline);
  EXPECT_GE(absl::Now(), deadline);
  EXPECT_THAT(set_.Wait(absl::InfiniteFuture(), buffer_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(ReceiverSetTest, WrongArguments) {
  EXPECT_THAT(set_.Add(Receiver()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(set_.Remove(0), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(set_.Wait(absl::InfiniteFuture(), {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(ReceiverSetTest, FloodStarvesNobodyAndResultsAreBounded) {
  const auto [flooded, flooded_id] = AddChannel();
  const auto [quiet, quiet_id] = AddChannel();
  const auto [third, third_id] = AddChannel();
  ASSERT_OK(Fill(flooded));
  ASSERT_OK(Fill(third));
  for (int round = 0; round < 10; ++round) {
    ASSERT_OK(SendText(quiet, "quiet"));
    std::map<Id, int> seen;
    // However small the buffer, each channel has its turn.
    for (int call = 0; call < 6 && seen[quiet_id] == 0; ++call) {
      const std::span<Event> events = Wait(/*limit=*/1);
      ASSERT_EQ(events.size(), 1u);
      ++seen[events[0].id];
    }
    EXPECT_EQ(seen[quiet_id], 1);
  }
  ASSERT_OK(SendText(quiet, "quiet"));
  std::set<Id> at_once;
  for (const Event& event : Wait()) at_once.insert(event.id);
  EXPECT_EQ(at_once, (std::set<Id>{flooded_id, quiet_id, third_id}));
  EXPECT_EQ(Wait().size(), 2u);
}

TEST_P(ReceiverSetTest, ManyChannels) {
  constexpr int kChannels = 300;
  std::map<Id, Sender> senders;
  for (int i = 0; i < kChannels; ++i) {
    auto [sender, id] = AddChannel();
    ASSERT_OK(SendText(sender, std::to_string(id)));
    senders.emplace(id, std::move(sender));
  }
  std::set<Id> seen;
  while (seen.size() < kChannels) {
    const std::span<Event> events = Wait();
    ASSERT_GT(events.size(), 0u);
    EXPECT_LE(events.size(), ReceiverSet::kMaxEventsPerWait);
    for (const Event& event : events) {
      EXPECT_EQ(Text(event.message.payload()), std::to_string(event.id));
      EXPECT_TRUE(seen.insert(event.id).second) << event.id;
    }
  }
  ExpectNothing();
  senders.clear();
  for (int closed = 0; closed < kChannels;) {
    const std::span<Event> events = Wait();
    ASSERT_GT(events.size(), 0u);
    for (const Event& event : events) {
      EXPECT_THAT(event.status, StatusIs(absl::StatusCode::kUnavailable));
      ++closed;
    }
  }
  EXPECT_EQ(set_.size(), 0u);
}

TEST_P(ReceiverSetTest, MessageWakesAWaitingSet) {
  auto [first, first_id] = AddChannel();
  auto [second, second_id] = AddChannel();
  for (int round = 0; round < 200; ++round) {
    const bool is_first = round % 2 == 0;
    std::thread other([&sender = is_first ? first : second] {
      EXPECT_OK(SendText(sender, "wake up"));
    });
    ExpectMessage(is_first ? first_id : second_id, "wake up");
    other.join();
  }
  for (auto [sender, id] :
       {std::pair(&first, first_id), {&second, second_id}}) {
    std::thread other([sender = sender] { *sender = Sender(); });
    ExpectClosed(id);
    other.join();
  }
}

TEST_P(ReceiverSetTest, ConcurrentSendersKeepTheirOrder) {
  constexpr int kSenders = 5;
  constexpr int kMessages = 100;
  std::map<Id, int> next;
  std::vector<std::thread> threads;
  for (int i = 0; i < kSenders; ++i) {
    auto [sender, id] = AddChannel();
    next[id] = 0;
    threads.emplace_back([sender = std::move(sender)] {
      for (int message = 0; message < kMessages; ++message) {
        EXPECT_OK(SendText(sender, std::to_string(message)));
      }
    });
  }
  while (set_.size() > 0) {
    const std::span<Event> events = Wait(/*limit=*/3);
    if (events.empty()) break;
    for (const Event& event : events) {
      if (!event.status.ok()) {
        EXPECT_EQ(next[event.id], kMessages);
        continue;
      }
      EXPECT_EQ(Text(event.message.payload()), std::to_string(next[event.id]));
      ++next[event.id];
    }
  }
  for (std::thread& thread : threads) thread.join();
}

// A sender's call to the set and the removal of the receiver meet anywhere.
TEST_P(ReceiverSetTest, ReceiversComeAndGoWhileMessagesCome) {
  auto [sender, id] = AddChannel();
  constexpr int kMessages = 500;
  std::thread sending([sender = std::move(sender)] {
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_OK(SendText(sender, std::to_string(i)));
    }
  });
  for (int next = 0; next < kMessages; ++next) {
    ExpectMessage(id, std::to_string(next));
    ASSERT_OK_AND_ASSIGN(Receiver receiver, set_.Remove(id));
    ASSERT_OK_AND_ASSIGN(id, set_.Add(std::move(receiver)));
  }
  sending.join();
}

// Shows the listener that it is given.
class ListeningLane final : public ReceiverLane {
 public:
  absl::StatusOr<bool> Receive(Message& /*message*/,
                               absl::Time /*deadline*/) override {
    return false;
  }
  BorrowedFd descriptor() const override { return BorrowedFd(); }
  bool SetReadyListener(std::shared_ptr<ReadyListener> listener,
                        std::uint64_t token) override {
    if (listener == nullptr) return true;
    listener_ = std::move(listener);
    token_ = token;
    return true;
  }

  void Tell() const { listener_->OnReady(token_); }

 private:
  std::shared_ptr<ReadyListener> listener_;
  std::uint64_t token_ = 0;
};

TEST(ReceiverSetWakeUpTest, LateWakeUpOfARemovedReceiverHidesNoMessage) {
  ReceiverSet set;
  auto lane = std::make_unique<ListeningLane>();
  const ListeningLane& told = *lane;
  ASSERT_OK_AND_ASSIGN(const Id removed, set.Add(Receiver(std::move(lane))));
  ASSERT_OK_AND_ASSIGN(const Receiver receiver, set.Remove(removed));
  told.Tell();
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
  ASSERT_OK(SendText(pair.sender, "behind it"));
  ASSERT_OK(set.Add(std::move(pair.receiver)));
  std::vector<Event> buffer(1);
  ASSERT_OK_AND_ASSIGN(const std::span<Event> events,
                       set.Wait(absl::InfinitePast(), buffer));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(Text(events[0].message.payload()), "behind it");
}

TEST_P(ReceiverSetTest, MovedSetKeepsItsReceivers) {
  auto [sender, id] = AddChannel();
  ASSERT_OK(SendText(sender, "queued"));
  ReceiverSet moved = std::move(set_);
  set_ = ReceiverSet();
  EXPECT_EQ(moved.size(), 1u);
  set_ = std::move(moved);
  ExpectMessage(id, "queued");
}

TEST_P(ReceiverSetTest, DestroyedSetDropsItsReceivers) {
  const auto [sender, id] = AddChannel();
  Pipe pipe = NewPipe();
  ASSERT_OK(sender.Send({}, Lend(pipe.write_end)));
  set_ = ReceiverSet();
  EXPECT_TRUE(IsClosed(pipe.read_end));
  EXPECT_THAT(SendText(sender, "anyone?"),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace ipc_channel::transport
