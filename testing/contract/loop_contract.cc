#include <atomic>
#include <cstddef>
#include <map>
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
#include "ipc_channel/testing/contract/pollable.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

// What a loop that waits for other things too may count on, of senders and of
// sets. Of receivers: waitable_contract.cc.

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::BorrowedFd;
using ::ipc_channel::transport::ChannelCapacity;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::Interest;
using ::ipc_channel::transport::IsDisconnected;
using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::ReceiverSet;
using ::ipc_channel::transport::Sender;

using Event = ReceiverSet::Event;

constexpr absl::Duration kAMinute = absl::Minutes(1);
constexpr auto kNow = absl::InfinitePast();
const ipc_channel::transport::ChannelOptions kSmall = {
    .capacity = ChannelCapacity{.messages = 8, .bytes = 1000}};

bool IsReadyForASend(const Sender& sender,
                     absl::Duration timeout = absl::ZeroDuration()) {
  return IsReady(sender.waitable(), sender.interest(), timeout);
}

// Sends `text` as a loop would that never waits in a send. Gives what became of
// it, and IsFull() if that is all there was for a minute.
absl::Status SendInALoop(const Sender& sender, std::string_view text) {
  const absl::Time end = absl::Now() + kAMinute;
  while (true) {
    absl::Status sent = sender.Send(Bytes(text), kNow);
    if (!IsFull(sent) || absl::Now() > end) return sent;
    if (!PairIsReady(sender, kAMinute)) return sent;
  }
}

TEST_P(TransportContractTest, EmptySenderHasNoWaitable) {
  EXPECT_THAT(Sender().waitable(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Sender().deadline(), absl::InfinitePast());
}

TEST_P(TransportContractTest, FullSenderKeepsSilentUntilThereIsRoom) {
  for (const bool is_asked_before : {false, true}) {
    auto [sender, receiver] = NewChannel(kSmall);
    if (is_asked_before) {
      ASSERT_OK(sender.waitable());
    }
    for (int round = 0; round < 3; ++round) {
      ASSERT_OK_AND_ASSIGN(const int count, Fill(sender));
      EXPECT_FALSE(IsReadyForASend(sender));
      for (int i = 0; i < count; ++i) ASSERT_OK(ReceiveText(receiver));
      EXPECT_TRUE(IsReadyForASend(sender));
      EXPECT_OK(sender.Send(Bytes("room"), kNow));
      EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("room"));
    }
  }
}

TEST_P(TransportContractTest, FullSenderIsTriedAgainSoon) {
  auto [sender, receiver] = NewChannel(kSmall);
  ASSERT_OK(Fill(sender));
  const absl::Time deadline = sender.deadline();
  EXPECT_GT(deadline, absl::Now() - kAMinute);
  EXPECT_LT(deadline, absl::Now() + absl::Seconds(1));
  // So little room that no system tells of it.
  ASSERT_OK(ReceiveText(receiver));
  EXPECT_OK(SendInALoop(sender, "in the place of one"));
}

TEST_P(TransportContractTest, FullSenderIsShownThatTheReceiverIsGone) {
  auto [sender, receiver] = NewChannel(kSmall);
  ASSERT_OK(Fill(sender));
  EXPECT_FALSE(IsReadyForASend(sender));
  receiver = Receiver();
  EXPECT_TRUE(IsReadyForASend(sender));
  EXPECT_THAT(sender.Send(Bytes("late"), kNow),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(IsReadyForASend(sender));
}

// A system may know of a circle of channels only when it is made to look.
TEST_P(TransportContractTest, SenderInALoopLearnsThatNobodyCanReceive) {
  auto [sender, receiver] = NewChannel(kSmall);
  absl::Status sent = sender.Send({}, Lend(receiver), Soon());
  EXPECT_FALSE(receiver.valid());
  while (sent.ok()) sent = SendInALoop(sender, "to nobody");
  EXPECT_THAT(sent, StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(TransportContractTest, WaitableOfASenderIsThatOfItsCopies) {
  auto [sender, receiver] = NewChannel(kSmall);
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable, sender.waitable());
  Sender copy = sender;
  EXPECT_THAT(copy.waitable(), IsOkAndHolds(waitable));
  sender = Sender();
  EXPECT_THAT(copy.waitable(), IsOkAndHolds(waitable));
  ASSERT_OK(Fill(copy));
  EXPECT_FALSE(IsReady(waitable, copy.interest()));
}

TEST_P(TransportContractTest, SendersInALoopLoseNothingToASlowReceiver) {
  constexpr int kThreads = 3;
  constexpr int kEach = 500;
  ChannelPair pair = NewChannel(kSmall);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([sender = pair.sender] {
      for (int j = 0; j < kEach; ++j) {
        EXPECT_OK(SendInALoop(sender, std::to_string(j)));
      }
    });
  }
  pair.sender = Sender();
  std::map<std::string, int> seen;
  absl::StatusOr<std::string> text;
  while ((text = ReceiveText(pair.receiver)).ok()) ++seen[*text];
  EXPECT_THAT(text, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kEach));
  for (const auto& [what, count] : seen) EXPECT_EQ(count, kThreads) << what;
  for (std::thread& thread : threads) thread.join();
}

// Takes what one look at `set` gives into a place for one event.
absl::StatusOr<std::string> TakeOne(ReceiverSet& set) {
  std::vector<Event> buffer(1);
  const absl::StatusOr<std::span<Event>> events = set.Wait(kNow, buffer);
  if (!events.ok()) return events.status();
  if (!buffer[0].status.ok()) return buffer[0].status;
  return Text(buffer[0].message.payload());
}

// True if a loop that has nothing to take waits, for ever: after a look or two
// that find nothing.
bool IsSilent(ReceiverSet& set) {
  for (int looks = 0; looks < 3; ++looks) {
    if (!PairIsReady(set)) return set.deadline() == absl::InfiniteFuture();
    if (!absl::IsDeadlineExceeded(TakeOne(set).status())) return false;
  }
  return false;
}

TEST_P(TransportContractTest, EmptySetIsSilent) {
  ReceiverSet set;
  EXPECT_TRUE(IsSilent(set));
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id, set.Add(std::move(receiver)));
  EXPECT_TRUE(IsSilent(set));
  ASSERT_OK_AND_ASSIGN(receiver, set.Remove(id));
  EXPECT_TRUE(IsSilent(set));
  ASSERT_OK(SendText(sender, "to no member"));
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id again,
                       set.Add(std::move(receiver)));
  ASSERT_OK(set.Remove(again));
  EXPECT_TRUE(IsSilent(set));
}

TEST_P(TransportContractTest, SetIsReadyUntilItsLastMessageIsTaken) {
  ReceiverSet set;
  std::vector<Sender> senders;
  for (int i = 0; i < 3; ++i) {
    ChannelPair pair = NewChannel();
    ASSERT_OK(SendText(pair.sender, "early"));
    ASSERT_OK(SendText(pair.sender, "early"));
    ASSERT_OK(set.Add(std::move(pair.receiver)));
    senders.push_back(std::move(pair.sender));
  }
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 6; ++i) {
      EXPECT_TRUE(PairIsReady(set));
      EXPECT_THAT(TakeOne(set), IsOkAndHolds("early"));
    }
    EXPECT_TRUE(IsSilent(set));
    for (const Sender& sender : senders) {
      ASSERT_OK(SendText(sender, "early"));
      EXPECT_TRUE(PairIsReady(set));
      ASSERT_OK(SendText(sender, "early"));
    }
  }
  for (int i = 0; i < 6; ++i) ASSERT_OK(TakeOne(set));
  senders.clear();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(PairIsReady(set));
    EXPECT_THAT(TakeOne(set), StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_TRUE(IsSilent(set));
}

TEST_P(TransportContractTest, WaitableOfASetStaysTheSameWhenThatIsMoved) {
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable, set.waitable());
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(set.Add(std::move(receiver)));
  ReceiverSet moved = std::move(set);
  EXPECT_THAT(moved.waitable(), IsOkAndHolds(waitable));
  EXPECT_TRUE(IsSilent(moved));
  ASSERT_OK(SendText(sender, "moved"));
  EXPECT_TRUE(PairIsReady(moved));
}

// A loop may wait in one thread, while another, which has the turn to use the
// set, adds to it.
TEST_P(TransportContractTest, WhatIsAddedWakesAPollThatIsUnderWay) {
  ReceiverSet set;
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(SendText(sender, "queued"));
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable, set.waitable());
  ASSERT_EQ(set.deadline(), absl::InfiniteFuture());
  std::atomic<bool> woke = false;
  std::thread polling(
      [&] { woke = IsReady(waitable, Interest::kReadable, kAMinute); });
  EXPECT_OK(set.Add(std::move(receiver)));
  polling.join();
  EXPECT_TRUE(woke);
  EXPECT_THAT(TakeOne(set), IsOkAndHolds("queued"));
}

// Floods from several threads over several channels into a set that a loop
// takes one event from at a time.
TEST_P(TransportContractTest, SetNeverKeepsSilentWhileManySend) {
  constexpr int kChannels = 4;
  constexpr int kEach = 500;
  ReceiverSet set;
  std::vector<std::thread> threads;
  for (int i = 0; i < kChannels; ++i) {
    ChannelPair pair = NewChannel(kSmall);
    ASSERT_OK(set.Add(std::move(pair.receiver)));
    threads.emplace_back([sender = std::move(pair.sender)] {
      for (int j = 0; j < kEach; ++j) EXPECT_OK(SendText(sender, "drop"));
    });
  }
  int count = 0;
  while (set.size() > 0) {
    ASSERT_TRUE(PairIsReady(set, kAMinute)) << "silent after " << count;
    const absl::StatusOr<std::string> text = TakeOne(set);
    if (text.ok()) ++count;
    ASSERT_TRUE(text.ok() || IsDisconnected(text.status()) ||
                absl::IsDeadlineExceeded(text.status()));
  }
  EXPECT_EQ(count, kChannels * kEach);
  for (std::thread& thread : threads) thread.join();
}

// The set is always faster: each message is waited for.
TEST_P(TransportContractTest, SetIsShownEachMessage) {
  auto [sender, receiver] = NewChannel();
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(receiver)));
  std::atomic<int> taken = 0;
  std::thread sending([&taken, sender = std::exchange(sender, Sender())] {
    for (int i = 0; i < 500; ++i) {
      while (taken < i) std::this_thread::yield();
      EXPECT_OK(SendText(sender, "one"));
    }
  });
  while (taken < 500) {
    ASSERT_TRUE(PairIsReady(set, kAMinute));
    const absl::StatusOr<std::string> text = TakeOne(set);
    if (text.ok()) ++taken;
  }
  sending.join();
}

}  // namespace
}  // namespace ipc_channel_testing
