#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::BorrowedFd;
using ::ipc_channel::transport::ChannelCapacity;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::Interest;
using ::ipc_channel::transport::IsDisconnected;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::ReceiverSet;
using ::ipc_channel::transport::Sender;

constexpr absl::Duration kAMinute = absl::Minutes(1);

bool NativeIsReady(Receiver& receiver,
                   absl::Duration timeout = absl::ZeroDuration()) {
  return IsReady(receiver.NativeWaitable(), Interest::kReadable, timeout);
}

void ExpectReady(Receiver& receiver) {
  EXPECT_TRUE(PairIsReady(receiver));
  EXPECT_TRUE(NativeIsReady(receiver));
}

void ExpectSilent(Receiver& receiver) {
  EXPECT_FALSE(PairIsReady(receiver));
  EXPECT_FALSE(NativeIsReady(receiver));
  EXPECT_EQ(receiver.deadline(), absl::InfiniteFuture());
}

TEST_P(TransportContractTest, EmptyReceiverHasNoWaitable) {
  Receiver empty;
  EXPECT_THAT(empty.waitable(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(empty.NativeWaitable(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(empty.deadline(), absl::InfinitePast());
}

TEST_P(TransportContractTest, WaitableIsReadableUntilTheLastMessageIsTaken) {
  auto [sender, receiver] = NewChannel();
  ExpectSilent(receiver);
  for (const int count : {1, 2, 20, 1}) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(SendText(sender, "message"));
      ExpectReady(receiver);
    }
    for (int i = 0; i < count; ++i) {
      ExpectReady(receiver);
      ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds("message"));
    }
    ExpectSilent(receiver);
    Message message;
    EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
    ExpectSilent(receiver);
  }
}

TEST_P(TransportContractTest, WaitableShowsWhatWasThereBeforeItsFirstUse) {
  auto [sender, receiver] = NewChannel();
  for (int i = 0; i < 10; ++i) ASSERT_OK(SendText(sender, "early"));
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds("early"));
  }
  EXPECT_TRUE(NativeIsReady(receiver));
  for (int i = 0; i < 5; ++i) {
    ExpectReady(receiver);
    ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds("early"));
  }
  ExpectSilent(receiver);
}

TEST_P(TransportContractTest, WaitableShowsTheEndAndGoesOn) {
  for (const bool is_used_before : {false, true}) {
    auto [sender, receiver] = NewChannel();
    if (is_used_before) ExpectSilent(receiver);
    ASSERT_OK(SendText(sender, "last"));
    sender = Sender();
    ExpectReady(receiver);
    EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("last"));
    for (int i = 0; i < 3; ++i) {
      ExpectReady(receiver);
      EXPECT_THAT(ReceiveText(receiver),
                  StatusIs(absl::StatusCode::kUnavailable));
    }
  }
}

TEST_P(TransportContractTest, WaitableStaysTheSameWhileTheReceiverLives) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable, receiver.waitable());
  ASSERT_OK_AND_ASSIGN(const BorrowedFd native, receiver.NativeWaitable());
  Receiver moved = std::move(receiver);
  EXPECT_THAT(moved.waitable(), IsOkAndHolds(waitable));
  EXPECT_THAT(moved.NativeWaitable(), IsOkAndHolds(native));
  ASSERT_OK(SendText(sender, "message"));
  EXPECT_TRUE(IsReady(native, Interest::kReadable));
  ExpectReady(moved);
}

TEST_P(TransportContractTest, ReceiverThatTravelledHasATrueWaitable) {
  for (const bool is_used_before : {false, true}) {
    for (const bool is_empty : {false, true}) {
      auto [sender, receiver] = NewChannel();
      auto [carrier, arrival] = NewChannel();
      if (is_used_before) ExpectSilent(receiver);
      if (!is_empty) {
        ASSERT_OK(SendText(sender, "before"));
      }
      ASSERT_OK(carrier.Send({}, Lend(receiver), Soon()));
      if (!is_empty) {
        ASSERT_OK(SendText(sender, "on the way"));
      }
      Message message;
      ASSERT_OK(arrival.Receive(message, Soon()));
      Receiver arrived = Take<Receiver>(message, 0);
      if (!is_empty) {
        ExpectReady(arrived);
        ASSERT_THAT(ReceiveText(arrived), IsOkAndHolds("before"));
        ExpectReady(arrived);
        ASSERT_THAT(ReceiveText(arrived), IsOkAndHolds("on the way"));
      }
      ExpectSilent(arrived);
      ASSERT_OK(SendText(sender, "after"));
      ExpectReady(arrived);
      sender = Sender();
      ASSERT_THAT(ReceiveText(arrived), IsOkAndHolds("after"));
      ExpectReady(arrived);
    }
  }
}

TEST_P(TransportContractTest, WaitableStaysTrueInASetAndAfterIt) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const BorrowedFd native, receiver.NativeWaitable());
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id, set.Add(std::move(receiver)));
  std::vector<ReceiverSet::Event> buffer(4);
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(IsReady(native, Interest::kReadable));
    ASSERT_OK(SendText(sender, "one"));
    ASSERT_OK(SendText(sender, "two"));
    EXPECT_TRUE(IsReady(native, Interest::kReadable));
    EXPECT_OK(set.Wait(Soon(), buffer));
    EXPECT_TRUE(IsReady(native, Interest::kReadable));
    EXPECT_OK(set.Wait(Soon(), buffer));
    EXPECT_FALSE(IsReady(native, Interest::kReadable));
  }
  ASSERT_OK(SendText(sender, "three"));
  ASSERT_OK_AND_ASSIGN(Receiver removed, set.Remove(id));
  ExpectReady(removed);
  EXPECT_THAT(ReceiveText(removed), IsOkAndHolds("three"));
  ExpectSilent(removed);
}

// Sends from several threads, some of them waiting for room.
class Flood {
 public:
  static constexpr int kThreads = 3;
  static constexpr int kEach = 1000;

  explicit Flood(Sender sender) {
    for (int i = 0; i < kThreads; ++i) {
      threads_.emplace_back([sender] {
        for (int j = 0; j < kEach; ++j) EXPECT_OK(SendText(sender, "drop"));
      });
    }
  }
  ~Flood() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<std::thread> threads_;
};

// Waits by `is_ready`, which a minute of silence makes false, and takes one
// message each time, until the end. Gives the number of messages.
template <class IsReady>
int ReceiveOneByOne(Receiver& receiver, IsReady is_ready) {
  Message message;
  for (int count = 0;; ++count) {
    if (!is_ready(receiver, kAMinute)) {
      ADD_FAILURE() << "silent after " << count;
      return count;
    }
    const absl::StatusOr<bool> received = receiver.TryReceive(message);
    if (IsDisconnected(received.status())) return count;
    EXPECT_THAT(received, IsOkAndHolds(true));
  }
}

TEST_P(TransportContractTest, WaitableNeverLiesWhileManySend) {
  for (const bool is_native : {false, true}) {
    ChannelPair pair =
        NewChannel({.capacity = ChannelCapacity{.messages = 3, .bytes = 100}});
    Flood flood(std::exchange(pair.sender, Sender()));
    const int count = ReceiveOneByOne(
        pair.receiver, is_native ? NativeIsReady : PairIsReady<Receiver>);
    EXPECT_EQ(count, Flood::kThreads * Flood::kEach);
  }
}

// The receiver is always faster: each message is waited for.
TEST_P(TransportContractTest, WaitableWakesForEachMessage) {
  for (const bool is_native : {false, true}) {
    auto [sender, receiver] = NewChannel();
    std::atomic<int> taken = 0;
    std::thread sending([&taken, sender = std::exchange(sender, Sender())] {
      for (int i = 0; i < 500; ++i) {
        while (taken < i) std::this_thread::yield();
        EXPECT_OK(SendText(sender, "one"));
      }
    });
    Message message;
    for (; taken < 500; ++taken) {
      ASSERT_TRUE(is_native ? NativeIsReady(receiver, kAMinute)
                            : PairIsReady(receiver, kAMinute));
      ASSERT_THAT(receiver.TryReceive(message), IsOkAndHolds(true));
    }
    sending.join();
    EXPECT_TRUE(NativeIsReady(receiver, kAMinute));
    EXPECT_THAT(receiver.TryReceive(message),
                StatusIs(absl::StatusCode::kUnavailable));
  }
}

}  // namespace
}  // namespace ipc_channel_testing
