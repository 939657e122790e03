#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/pollable.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/raw_peer.h"
#include "ipc_channel/transport/unix/unix_channel.h"

// What of a set of receivers shows only where the kernel is involved.

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::PairIsReady;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Text;

using Event = ReceiverSet::Event;

// Through a set and back. UBSan needs a descriptor for the first object of each
// class, so tests with a limit do this before (scoped_limit.h).
void ThereAndBack(Receiver& receiver) {
  ReceiverSet set;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id, set.Add(std::move(receiver)));
  ASSERT_OK_AND_ASSIGN(receiver, set.Remove(id));
}

class ReceiverSetUnixTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  // The only event that comes.
  Event WaitForOne(absl::Time deadline = Soon()) {
    std::vector<Event> buffer(5);
    const absl::StatusOr<std::span<Event>> events = set_.Wait(deadline, buffer);
    EXPECT_OK(events);
    if (!events.ok()) return Event();
    EXPECT_EQ(events->size(), 1u);
    return std::move(events->front());
  }

  ReceiverSet set_;
};

// Two packets of sixteen bytes must not keep a set busy for ever.
TEST_F(ReceiverSetUnixTest, MessageThatDoesNotFitIsLookedAtNowAndThen) {
  constexpr int kRoom = 700;
  constexpr int kLooks = 5;
  std::vector<UniqueFd> held;  // so that the limit is above what is claimed
  for (int i = 0; i < 60; ++i) held.emplace_back(::dup(STDIN_FILENO));
  RawPeer peer;
  RawPeer helper;
  ASSERT_OK_AND_ASSIGN(ChannelPair good, CreateUnixChannel());
  ThereAndBack(good.receiver);
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id hostile,
                       set_.Add(std::move(peer.receiver())));
  ASSERT_OK(set_.Add(std::move(good.receiver)));
  for (int i = 0; i < 2; ++i) {
    peer.Send(RawHeader(kRoom, 0, /*flags=*/2), {helper.socket().get()});
  }
  int looks = 0;
  int others = 0;
  bool failed = false;
  const absl::Time start = absl::Now();
  {
    const ScopedDescriptorLimit limit(kRoom);
    std::vector<Event> buffer(5);
    while (looks < kLooks && !failed) {
      failed = !SendText(good.sender, "good").ok();
      const absl::StatusOr<std::span<Event>> events = set_.Wait(Soon(), buffer);
      failed = failed || !events.ok();
      if (!events.ok()) break;
      for (const Event& event : *events) {
        const bool is_exhausted = absl::IsResourceExhausted(event.status);
        if (event.id != hostile) ++others;
        if (is_exhausted) ++looks;
        failed = failed || is_exhausted != (event.id == hostile);
        // A loop is told when to look again, or that the pause is over.
        if (!is_exhausted) continue;
        const bool pauses =
            set_.deadline() <= absl::Now() + absl::Milliseconds(100);
        failed = failed || !(pauses || PairIsReady(set_));
      }
    }
  }
  EXPECT_FALSE(failed);
  EXPECT_GT(others, 0);
  // Pauses of 10, 20, 40 and 80 milliseconds lie between them.
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(140));
  // There is room now, and the helper turns out to be empty.
  Event event;
  do {
    event = WaitForOne();
  } while (event.id != hostile);
  EXPECT_THAT(event.status, StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(ReceiverSetUnixTest, MalformedPacketIsAnEventOfItsChannelOnly) {
  RawPeer peer;
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id hostile,
                       set_.Add(std::move(peer.receiver())));
  ASSERT_OK_AND_ASSIGN(ChannelPair good, CreateUnixChannel());
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id friendly,
                       set_.Add(std::move(good.receiver)));
  peer.Send(Bytes("garbage"));
  const Event malformed = WaitForOne();
  EXPECT_EQ(malformed.id, hostile);
  EXPECT_THAT(malformed.status, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(set_.size(), 2u);

  ASSERT_OK(SendText(good.sender, "still here"));
  const Event message = WaitForOne();
  EXPECT_EQ(message.id, friendly);
  EXPECT_EQ(Text(message.message.payload()), "still here");

  peer.Send(RawHeader(0, 4) + Bytes("good"));
  const Event recovered = WaitForOne();
  EXPECT_EQ(recovered.id, hostile);
  EXPECT_EQ(Text(recovered.message.payload()), "good");
}

TEST_F(ReceiverSetUnixTest, ReceiverGivenBackLeavesNoWatchBehind) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  // Keeps the open socket alive, as a forked child would.
  UniqueFd socket(::dup(pair.receiver.lane()->descriptor().get()));
  ASSERT_OK_AND_ASSIGN(const ReceiverSet::Id id,
                       set_.Add(std::move(pair.receiver)));
  ASSERT_OK_AND_ASSIGN(ChannelPair other, CreateUnixChannel());
  ASSERT_OK(set_.Add(std::move(other.receiver)));
  ASSERT_OK(set_.Remove(id));
  ASSERT_OK(SendText(pair.sender, "to the duplicate"));
  std::vector<Event> buffer(1);
  EXPECT_THAT(set_.Wait(absl::InfinitePast(), buffer),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_OK(SendText(other.sender, "seen"));
  EXPECT_EQ(Text(WaitForOne().message.payload()), "seen");
}

TEST_F(ReceiverSetUnixTest, AddThatFailsLeavesTheReceiverWithTheCaller) {
  ASSERT_OK_AND_ASSIGN(ChannelPair kernel, CreateUnixChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair queue, CreateInprocessChannel());
  ASSERT_OK(SendText(kernel.sender, "kept"));
  ASSERT_OK(SendText(queue.sender, "kept too"));
  ThereAndBack(kernel.receiver);
  ThereAndBack(queue.receiver);
  ReceiverSet set;
  absl::Status no_epoll;
  {
    const ScopedDescriptorLimit limit(0);
    no_epoll = set.Add(std::move(kernel.receiver)).status();
  }
  absl::Status no_eventfd;
  {
    const ScopedDescriptorLimit limit(1);
    no_eventfd = set.Add(std::move(queue.receiver)).status();
  }
  EXPECT_THAT(no_epoll, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(no_eventfd, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(set.size(), 0u);
  EXPECT_THAT(ReceiveText(kernel.receiver), IsOkAndHolds("kept"));
  EXPECT_THAT(ReceiveText(queue.receiver), IsOkAndHolds("kept too"));
}

TEST_F(ReceiverSetUnixTest, NeedsNoMoreThanTwoDescriptors) {
  ASSERT_OK_AND_ASSIGN(ChannelPair kernel, CreateUnixChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair queue, CreateInprocessChannel());
  ThereAndBack(kernel.receiver);
  ThereAndBack(queue.receiver);
  ReceiverSet set;
  absl::Status added;
  {
    const ScopedDescriptorLimit limit(2);
    added.Update(set.Add(std::move(kernel.receiver)).status());
    added.Update(set.Add(std::move(queue.receiver)).status());
  }
  EXPECT_OK(added);
}

std::atomic<int> interruptions = 0;

void CountInterruption(int) { interruptions.fetch_add(1); }

TEST_F(ReceiverSetUnixTest, InterruptionsAreInvisible) {
  struct sigaction before;
  struct sigaction action = {};
  action.sa_handler = CountInterruption;  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
  ASSERT_OK_AND_ASSIGN(ChannelPair kernel, CreateUnixChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair queue, CreateInprocessChannel());
  ASSERT_OK(set_.Add(std::move(kernel.receiver)));
  ASSERT_OK(set_.Add(std::move(queue.receiver)));
  for (const Sender* sender : {&kernel.sender, &queue.sender}) {
    for (const absl::Time deadline : {absl::InfiniteFuture(), Soon()}) {
      interruptions = 0;
      std::thread other([sender, target = ::pthread_self()] {
        while (interruptions < 20) {
          ::pthread_kill(target, SIGUSR1);
          absl::SleepFor(absl::Microseconds(200));
        }
        EXPECT_OK(SendText(*sender, "waited for"));
      });
      EXPECT_EQ(Text(WaitForOne(deadline).message.payload()), "waited for");
      other.join();
    }
  }
  ASSERT_EQ(::sigaction(SIGUSR1, &before, nullptr), 0);
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
