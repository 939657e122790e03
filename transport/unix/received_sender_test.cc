// One sender that comes again and again is held once.

#include <fcntl.h>
#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/held_senders.h"
#include "ipc_channel/transport/unix/raw_peer.h"
#include "ipc_channel/transport/unix/socket_cookie.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;

constexpr std::uint32_t kSender = 1;
constexpr int kChildSocket = 7;

ChannelPair NewChannel() {
  absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
  EXPECT_OK(pair);
  return pair.ok() ? *std::move(pair) : ChannelPair();
}

// A channel whose sender this process does not hold as such: what a peer has.
using Foreign = RawPeer;

std::uint64_t CookieOf(const Foreign& foreign) {
  return SocketCookie(foreign.socket().Borrow());
}

std::size_t HeldNow() { return HeldSenders::OfThisProcess().size(); }

class ReceivedSenderTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    if (SocketCookie(peer_.socket().Borrow()) == 0) {
      GTEST_SKIP() << "this system does not tell sockets apart";
    }
  }
  void TearDown() override { EXPECT_EQ(HeldNow(), 0u); }

  // What becomes of `descriptor` when the peer sends it as a sender with
  // `hint`.
  Sender Receive(int descriptor, std::uint64_t hint) {
    return ReceiveFrom(peer_, descriptor, hint);
  }
  static Sender ReceiveFrom(RawPeer& peer, int descriptor, std::uint64_t hint) {
    peer.Send(RawHeader(1, 0) + RawEntry(kSender, hint), {descriptor});
    Message message;
    EXPECT_OK(peer.receiver().Receive(message, Soon()));
    return Take<Sender>(message, 0);
  }
  Sender ReceiveHonestly(const Foreign& foreign) {
    return Receive(foreign.socket().get(), CookieOf(foreign));
  }

  RawPeer peer_;
};

TEST_F(ReceivedSenderTest, AThousandTimesCostsOneDescriptor) {
  Foreign foreign;
  const Sender first = ReceiveHonestly(foreign);
  const FdLeakCheck descriptors;
  std::vector<Sender> more;
  for (int i = 0; i < 1'000; ++i) {
    more.push_back(ReceiveHonestly(foreign));
    ASSERT_EQ(more.back().lane(), first.lane());
  }
  EXPECT_TRUE(descriptors.NoLeak());
  EXPECT_EQ(HeldNow(), 1u);
  EXPECT_TRUE(AreConnected(more.back(), foreign.receiver()));
}

TEST_F(ReceivedSenderTest, WithoutAHintOneOfItsOwnEachTime) {
  Foreign foreign;
  const Sender first = Receive(foreign.socket().get(), 0);
  const Sender second = Receive(foreign.socket().get(), 0);
  EXPECT_NE(first.lane(), second.lane());
  EXPECT_TRUE(AreConnected(first, foreign.receiver()));
  EXPECT_TRUE(AreConnected(second, foreign.receiver()));
  EXPECT_EQ(HeldNow(), 0u);
}

TEST_F(ReceivedSenderTest, OnesOwnSenderComesBackAsItself) {
  ChannelPair channel = NewChannel();
  ChannelPair passed = NewChannel();
  EXPECT_EQ(HeldNow(), 0u);
  Message message;
  const FdLeakCheck descriptors;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(channel.sender.Send({}, Lend(passed.sender)));
    ASSERT_OK(channel.receiver.Receive(message, Soon()));
    EXPECT_EQ(Take<Sender>(message, 0).lane(), passed.sender.lane());
  }
  EXPECT_TRUE(descriptors.NoLeak());
}

TEST_F(ReceivedSenderTest, ManyTimesInOneMessage) {
  for (const std::size_t count : {std::size_t{252}, std::size_t{1'000}}) {
    ChannelPair channel = NewChannel();
    ChannelPair passed = NewChannel();
    const std::vector<HandleRef> handles(count, HandleRef(passed.sender));
    ASSERT_OK(channel.sender.Send({}, handles));
    const SenderLane* const lane = passed.sender.lane().get();
    const FdLeakCheck descriptors;
    Message message;
    ASSERT_OK(channel.receiver.Receive(message, Soon()));
    EXPECT_TRUE(descriptors.NoLeak());
    ASSERT_EQ(message.handles().size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(Take<Sender>(message, i).lane().get(), lane);
    }
  }
}

TEST_F(ReceivedSenderTest, DroppedAndReceivedAgain) {
  Foreign foreign;
  for (int i = 0; i < 3; ++i) {
    const Sender first = ReceiveHonestly(foreign);
    EXPECT_EQ(ReceiveHonestly(foreign).lane(), first.lane());
    EXPECT_TRUE(AreConnected(first, foreign.receiver()));
    EXPECT_EQ(HeldNow(), 1u);
  }
  EXPECT_EQ(HeldNow(), 0u);
}

TEST_F(ReceivedSenderTest, TwoChannelsStayTwo) {
  Foreign one;
  Foreign two;
  const Sender to_one = ReceiveHonestly(one);
  const Sender to_two = ReceiveHonestly(two);
  EXPECT_NE(to_one.lane(), to_two.lane());
  EXPECT_TRUE(AreConnected(to_one, one.receiver()));
  EXPECT_TRUE(AreConnected(to_two, two.receiver()));
}

TEST_F(ReceivedSenderTest, ReceivedOnesCanBeSentOn) {
  Foreign foreign;
  ChannelPair channel = NewChannel();
  for (const std::uint64_t hint :
       {std::uint64_t{0}, std::uint64_t{1} << 60, CookieOf(foreign)}) {
    const Sender sender = Receive(foreign.socket().get(), hint);
    ASSERT_OK(channel.sender.Send({}, Lend(sender)));
    Message message;
    ASSERT_OK(channel.receiver.Receive(message, Soon()));
    EXPECT_EQ(Take<Sender>(message, 0).lane(), sender.lane());
    EXPECT_EQ(HeldNow(), 1u);
  }
}

TEST_F(ReceivedSenderTest, HintOfAnotherThatIsHeldIsNotBelieved) {
  Foreign honest;
  Foreign other;
  const Sender held = ReceiveHonestly(honest);
  const Sender lie = Receive(other.socket().get(), CookieOf(honest));
  EXPECT_NE(lie.lane(), held.lane());
  EXPECT_TRUE(AreConnected(lie, other.receiver()));
  EXPECT_TRUE(AreConnected(held, honest.receiver()));
  EXPECT_EQ(ReceiveHonestly(honest).lane(), held.lane());
  EXPECT_EQ(ReceiveHonestly(other).lane(), lie.lane());
}

TEST_F(ReceivedSenderTest, LieThatCameFirstDoesNotKeepTheTruthOut) {
  Foreign honest;
  Foreign other;
  const Sender lie = Receive(other.socket().get(), CookieOf(honest));
  const Sender held = ReceiveHonestly(honest);
  EXPECT_NE(lie.lane(), held.lane());
  EXPECT_TRUE(AreConnected(held, honest.receiver()));
  EXPECT_TRUE(AreConnected(lie, other.receiver()));
  EXPECT_EQ(ReceiveHonestly(honest).lane(), held.lane());
  EXPECT_EQ(ReceiveHonestly(other).lane(), lie.lane());
}

TEST_F(ReceivedSenderTest, LiesThatAreKeptUpDoNotKeepTheTruthOut) {
  Foreign honest;
  const Sender held = ReceiveHonestly(honest);
  std::vector<std::unique_ptr<Foreign>> liars;
  std::vector<Sender> lies;
  for (int i = 0; i < 50; ++i) {
    liars.push_back(std::make_unique<Foreign>());
    lies.push_back(Receive(liars.back()->socket().get(), CookieOf(honest)));
    ASSERT_EQ(ReceiveHonestly(honest).lane(), held.lane());
  }
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(AreConnected(lies[i], liars[i]->receiver()));
  }
}

TEST_F(ReceivedSenderTest, LieAboutOnesOwnSenderDoesNotKeepItOut) {
  Foreign other;
  ChannelPair channel = NewChannel();
  ChannelPair own = NewChannel();
  const Sender lie = Receive(other.socket().get(),
                             SocketCookie(own.sender.lane()->descriptor()));
  ASSERT_OK(channel.sender.Send({}, Lend(own.sender)));
  Message message;
  ASSERT_OK(channel.receiver.Receive(message, Soon()));
  EXPECT_EQ(Take<Sender>(message, 0).lane(), own.sender.lane());
  EXPECT_TRUE(AreConnected(lie, other.receiver()));
}

TEST_F(ReceivedSenderTest, AnyHintsNeitherMergeNorFillTheTable) {
  Foreign one;
  Foreign two;
  std::mt19937_64 random(1);
  std::vector<Sender> kept;
  std::uint64_t hint = 0;
  for (int i = 0; i < 500; ++i) {
    // Every other hint is the one before, for another socket.
    if (i % 2 == 0) hint = i % 10 == 0 ? ~std::uint64_t{0} : random();
    Foreign& foreign = i % 2 == 0 ? one : two;
    const Sender sender = Receive(foreign.socket().get(), hint);
    ASSERT_TRUE(AreConnected(sender, foreign.receiver()));
    if (i % 50 == 0) kept.push_back(sender);
    ASSERT_LE(HeldNow(), kept.size() + 1);
  }
}

TEST_F(ReceivedSenderTest, DisconnectedWhenTheLastIsGoneAndNotBefore) {
  Foreign foreign;
  std::vector<Sender> copies;
  for (int i = 0; i < 5; ++i) copies.push_back(ReceiveHonestly(foreign));
  foreign.Close();
  Message message;
  while (!copies.empty()) {
    EXPECT_THAT(foreign.receiver().TryReceive(message), IsOkAndHolds(false));
    copies.pop_back();
  }
  EXPECT_THAT(foreign.receiver().TryReceive(message),
              StatusIs(absl::StatusCode::kUnavailable));
}

// The two ends of a channel are two sockets.
TEST_F(ReceivedSenderTest, ReceivingEndIsNeverTakenForTheSendingOne) {
  ChannelPair pair = NewChannel();
  const int receiving = pair.receiver.lane()->descriptor().get();
  const std::uint64_t true_hint =
      SocketCookie(pair.receiver.lane()->descriptor());
  const std::uint64_t false_hint = pair.sender.lane()->Identity();
  for (const std::uint64_t hint : {true_hint, false_hint}) {
    const Sender wrong_end = Receive(receiving, hint);
    EXPECT_NE(wrong_end.lane(), pair.sender.lane());
    EXPECT_EQ(Receive(receiving, true_hint).lane(), wrong_end.lane());
    wrong_end.Send({}, absl::InfinitePast()).IgnoreError();
  }
  EXPECT_TRUE(AreConnected(pair.sender, pair.receiver));
  pair.sender = Sender();
  EXPECT_THAT(ReceiveText(pair.receiver),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ReceivedSenderTest, WhatIsNoPacketSocketIsRefusedWhateverTheHint) {
  Foreign foreign;
  const Sender held = ReceiveHonestly(foreign);
  const Pipe pipe = NewPipe();
  const UniqueFd stream(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (const int fd : {pipe.read_end.get(), stream.get()}) {
    for (const std::uint64_t hint :
         {CookieOf(foreign), SocketCookie(BorrowedFd(fd)),
          std::uint64_t{12'345}}) {
      peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kSender, hint), {fd});
    }
  }
}

TEST_F(ReceivedSenderTest, ReceivedOnManyThreadsAtOnceIsOne) {
  constexpr int kThreads = 4;
  std::vector<RawPeer> peers(kThreads);
  for (int round = 0; round < 100; ++round) {
    Foreign foreign;
    std::vector<Sender> received(kThreads);
    std::atomic<int> waiting = kThreads;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        --waiting;
        while (waiting > 0) std::this_thread::yield();
        received[i] =
            ReceiveFrom(peers[i], foreign.socket().get(), CookieOf(foreign));
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Sender& sender : received) {
      ASSERT_EQ(sender.lane(), received[0].lane());
    }
    ASSERT_EQ(HeldNow(), 1u);
  }
}

// Each drops its sender before the next one comes, so that lanes die while they
// are found; some of the hints are lies.
TEST_F(ReceivedSenderTest, ReceivedAndDroppedOnManyThreadsAtOnce) {
  constexpr int kThreads = 4;
  std::vector<RawPeer> peers(kThreads);
  std::vector<Foreign> foreign(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 500; ++round) {
        const int socket = foreign[round % 2].socket().get();
        const std::uint64_t hint = CookieOf(foreign[round % (2 + i) % 2]);
        const Sender sender = ReceiveFrom(peers[i], socket, hint);
        ASSERT_EQ(SocketCookie(sender.lane()->descriptor()),
                  CookieOf(foreign[round % 2]));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Message message;
  for (Foreign& channel : foreign) {
    channel.Close();
    EXPECT_THAT(channel.receiver().TryReceive(message),
                StatusIs(absl::StatusCode::kUnavailable));
  }
}

// Gets the sender for its answers, then the same sender many times, each of
// which it sends back.
IPC_CHANNEL_CHILD_MAIN(SendBack) {
  Receiver receiver = AdoptUnixReceiver(UniqueFd(kChildSocket)).value();
  Message message;
  if (!receiver.Receive(message, Soon()).ok()) return 101;
  const Sender answers = Take<Sender>(message, 0);
  std::vector<Sender> held;
  while (receiver.Receive(message, Soon()).ok()) {
    held.push_back(Take<Sender>(message, 0));
    if (held.back().lane() != held.front().lane()) return 102;
    if (!answers.Send({}, Lend(held.back())).ok()) return 103;
  }
  return 0;
}

TEST_F(ReceivedSenderTest, ChildSendsOurOwnSenderBack) {
  ChannelPair requests = NewChannel();
  ChannelPair answers = NewChannel();
  ChannelPair own = NewChannel();
  ExecOptions options;
  options.descriptors = {
      {kChildSocket, requests.receiver.lane()->descriptor().get()}};
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("SendBack", {}, options));
  requests.receiver = Receiver();
  ASSERT_OK(requests.sender.Send({}, Lend(answers.sender), Soon()));
  answers.sender = Sender();
  const FdLeakCheck descriptors;
  std::vector<Sender> received;
  Message message;
  for (int i = 0; i < 100; ++i) {
    ASSERT_OK(requests.sender.Send({}, Lend(own.sender), Soon()));
    ASSERT_OK(answers.receiver.Receive(message, Soon()));
    received.push_back(Take<Sender>(message, 0));
    ASSERT_EQ(received.back().lane(), own.sender.lane());
  }
  EXPECT_TRUE(descriptors.NoLeak());
  requests.sender = Sender();
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  own.sender = Sender();
  EXPECT_TRUE(AreConnected(received[0], own.receiver));
  received.clear();
  EXPECT_THAT(ReceiveText(own.receiver),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
