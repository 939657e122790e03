#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/raw_peer.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Fill;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsPipe;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

using Packet = std::vector<std::byte>;

constexpr std::uint32_t kDescriptor = 4;
constexpr int kInObject = 1;
constexpr int kInHelper = 2;
constexpr std::size_t kHandles = 300;
constexpr std::size_t kInLastPacket = kHandles - 252;

class HelperSocketTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
    ASSERT_OK(pair);
    sender_ = std::move(pair->sender);
    receiver_ = std::move(pair->receiver);
    MeetAllClasses();
  }

  // UBSan opens a pipe when it meets a class for the first time, which must not
  // be at the limit.
  void MeetAllClasses() {
    ASSERT_OK(sender_.Send(Pattern(200'000), Lend(sender_)));
    Message message;
    ASSERT_OK(receiver_.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(200'000)));
    EXPECT_TRUE(AreConnected(Take<Sender>(message, 0), receiver_));
  }

  // Duplicates of a pipe's write end.
  static std::vector<UniqueFd> Copies(const Pipe& pipe, std::size_t count) {
    std::vector<UniqueFd> copies(count);
    for (UniqueFd& copy : copies) {
      copy.Reset(::fcntl(pipe.write_end.get(), F_DUPFD_CLOEXEC, 0));
    }
    return copies;
  }
  static std::vector<HandleRef> LendAll(std::vector<UniqueFd>& descriptors) {
    return {descriptors.begin(), descriptors.end()};
  }
  static bool AreAllOurs(const std::vector<UniqueFd>& descriptors) {
    return std::ranges::all_of(descriptors, &UniqueFd::valid);
  }

  Sender sender_;
  Receiver receiver_;
};

TEST_F(HelperSocketTest, MessagesAroundTheLimitsOfAPacketArriveInOrder) {
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::CopyOf(Bytes("block")));
  const SharedMemory empty;
  const Pipe pipe = NewPipe();
  for (const std::size_t count : {251, 252, 253, 254, 504, 505, 1'000, 1'024}) {
    for (const std::size_t size : {0, 5, 69'632, 200'000}) {
      SCOPED_TRACE(::testing::Message() << count << " and " << size);
      std::vector<UniqueFd> copies = Copies(pipe, 2);
      std::vector<HandleRef> handles(count, sender_);
      handles.front() = copies[0];
      handles[100] = empty;
      handles[count - 2] = memory;
      handles.back() = copies[1];
      ASSERT_OK(sender_.Send(Pattern(size), handles, Soon()));
      EXPECT_FALSE(copies[0].valid());
      Message message;
      ASSERT_OK(receiver_.Receive(message, Soon()));
      EXPECT_TRUE(Holds(message, Pattern(size)));
      ASSERT_EQ(message.handles().size(), count);
      EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, 0), pipe.read_end));
      EXPECT_TRUE(Take<SharedMemory>(message, 100).bytes().empty());
      EXPECT_EQ(Text(Take<SharedMemory>(message, count - 2).bytes()), "block");
      EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, count - 1), pipe.read_end));
    }
  }
}

TEST_F(HelperSocketTest, HandlesWithoutDescriptorsTravelTooInNumbers) {
  const SharedMemory empty;
  const std::vector<HandleRef> handles(kMaxMessageHandles, empty);
  ASSERT_OK(sender_.Send(Bytes("hi"), handles));
  Message message;
  ASSERT_OK(receiver_.Receive(message, Soon()));
  EXPECT_EQ(message.handles().size(), kMaxMessageHandles);
}

TEST_F(HelperSocketTest, FailedSendTakesNothing) {
  const Pipe pipe = NewPipe();
  std::vector<UniqueFd> copies = Copies(pipe, kHandles);
  for (int room = 0; room < 2; ++room) {
    const absl::Status status = [&] {
      const ScopedDescriptorLimit limit(room);
      return sender_.Send({}, LendAll(copies), absl::InfinitePast());
    }();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_FALSE(IsFull(status));
    EXPECT_TRUE(AreAllOurs(copies));
  }
  ASSERT_OK(Fill(sender_));
  EXPECT_TRUE(IsFull(sender_.Send({}, LendAll(copies), absl::InfinitePast())));
  EXPECT_THAT(
      sender_.Send({}, LendAll(copies), absl::Now() + absl::Milliseconds(5)),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(AreAllOurs(copies));
  receiver_ = Receiver();
  EXPECT_THAT(sender_.Send({}, LendAll(copies), Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(AreAllOurs(copies));
}

std::vector<UniqueFd> NewEvents(std::size_t count) {
  std::vector<UniqueFd> events(count);
  for (UniqueFd& event : events) event.Reset(::eventfd(0, EFD_CLOEXEC));
  return events;
}

TEST_F(HelperSocketTest, AtTheDescriptorLimitOnlyTheFirstMessageIsLost) {
  // What is more than the limit altogether is not waited for.
  const std::vector<UniqueFd> others = NewEvents(400);
  // Not senders: one that comes again is held only once.
  const auto send = [&] {
    std::vector<UniqueFd> descriptors = NewEvents(kHandles);
    return sender_.Send(
        Bytes("many"),
        std::vector<HandleRef>(descriptors.begin(), descriptors.end()));
  };
  Message message;
  const auto receive = [&](int room) {
    const ScopedDescriptorLimit limit(room);
    return receiver_.Receive(message, Soon());
  };
  for (const int room : {1, 200, 299}) {
    ASSERT_OK(send());
    EXPECT_THAT(receive(room), StatusIs(absl::StatusCode::kResourceExhausted));
    if (room == 1) continue;  // lost
    EXPECT_TRUE(message.handles().empty());
    // Their memory might lie in carriers, for all that can be told before.
    ASSERT_OK(receive(kHandles + 1 + kMaxCarrierSockets));
    EXPECT_EQ(Text(message.payload()), "many");
    EXPECT_EQ(message.handles().size(), kHandles);
    message.Clear();
  }
  EXPECT_TRUE(AreConnected(sender_, receiver_));
}

// A helper socket as a peer may make it.
class HostileHelperTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  HostileHelperTest() {
    int pair[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    filling_.Reset(pair[0]);
    helper_.Reset(pair[1]);
  }

  // Puts a packet with the entries of `entries` descriptors, and with
  // `descriptors` of them, into the helper.
  void Put(std::size_t entries, std::size_t descriptors) {
    Packet packet;
    for (std::size_t i = 0; i < entries; ++i) {
      packet = std::move(packet) + RawEntry(kDescriptor);
    }
    PutBytes(packet, descriptors);
  }
  void PutBytes(const Packet& packet, std::size_t descriptors) {
    RawSend(filling_, packet, std::vector<int>(descriptors, some_fd_.get()));
  }

  // Sends a message whose handles lie in `helper`.
  static Packet Message() { return RawHeader(kHandles, 0, kInHelper); }
  void ExpectMalformed() { peer_.ExpectMalformed(Message(), {helper_.get()}); }
  void ExpectGood() {
    peer_.Send(Message(), {helper_.get()});
    transport::Message message;
    ASSERT_OK(peer_.receiver().Receive(message, Soon()));
    EXPECT_EQ(message.handles().size(), kHandles);
  }

  const UniqueFd some_fd_{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  UniqueFd filling_;
  UniqueFd helper_;
  RawPeer peer_;
};

TEST_F(HostileHelperTest, AsDocumented) {
  Put(252, 252);
  Put(kInLastPacket, kInLastPacket);
  filling_.Reset();
  ExpectGood();
}

// A child that the sender forked may hold it.
TEST_F(HostileHelperTest, OpenAndSilentBehindAllHandlesDoesNoHarm) {
  Put(252, 252);
  Put(kInLastPacket, kInLastPacket);
  ExpectGood();
}

// Waiting for room that can never be would let nothing past for ever.
TEST_F(HostileHelperTest, ClaimOfMoreThanTheProcessCanEverHoldIsDropped) {
  const Packet claim = RawHeader(1024, 0, kInHelper);
  const auto receive = [&] {
    const ScopedDescriptorLimit limit(100);
    transport::Message message;
    return peer_.receiver().Receive(message, Soon());
  };
  for (int i = 0; i < 3; ++i) peer_.Send(claim, {helper_.get()});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(receive(), StatusIs(absl::StatusCode::kResourceExhausted));
  }
  peer_.ExpectGoodMessageArrives();
}

TEST_F(HostileHelperTest, OpenAndEmpty) { ExpectMalformed(); }

TEST_F(HostileHelperTest, ClosedAndEmpty) {
  filling_.Reset();
  ExpectMalformed();
}

TEST_F(HostileHelperTest, OpenAndShortOfAPacket) {
  Put(252, 252);
  ExpectMalformed();
}

TEST_F(HostileHelperTest, ClosedAndShortOfAPacket) {
  Put(252, 252);
  filling_.Reset();
  ExpectMalformed();
}

TEST_F(HostileHelperTest, ShortOfDescriptors) {
  Put(252, 252);
  Put(kInLastPacket, kInLastPacket - 1);
  ExpectMalformed();
}

TEST_F(HostileHelperTest, MoreDescriptorsThanEntries) {
  Put(252, 253);
  Put(kInLastPacket, kInLastPacket);
  ExpectMalformed();
}

TEST_F(HostileHelperTest, TooManyPackets) {
  Put(252, 252);
  Put(kInLastPacket, kInLastPacket);
  Put(1, 1);
  ExpectMalformed();
}

TEST_F(HostileHelperTest, WronglyDividedPackets) {
  Put(kInLastPacket, kInLastPacket);
  Put(252, 252);
  ExpectMalformed();
}

TEST_F(HostileHelperTest, LongPacket) {
  Put(253, 252);
  ExpectMalformed();
}

TEST_F(HostileHelperTest, EmptyPacketsAndRubbish) {
  PutBytes({}, 252);
  ExpectMalformed();
  PutBytes(Pattern(252 * kHandleEntryBytes), 252);
  ExpectMalformed();
  PutBytes(Pattern(100'000), 1);
  ExpectMalformed();
}

TEST_F(HostileHelperTest, ClosedWithPacketsUnread) {
  ASSERT_EQ(::send(helper_.get(), "back", 4, MSG_DONTWAIT), 4);
  Put(252, 252);
  filling_.Reset();
  ExpectMalformed();
}

TEST_F(HostileHelperTest, WhatIsNoHelper) {
  const Pipe pipe = NewPipe();
  const UniqueFd stream(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const UniqueFd datagrams(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const UniqueFd unconnected(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const UniqueFd path_only(::open("/", O_PATH | O_CLOEXEC));
  for (const int fd :
       {some_fd_.get(), pipe.read_end.get(), pipe.write_end.get(), stream.get(),
        datagrams.get(), unconnected.get(), path_only.get(),
        peer_.socket().get(), filling_.get()}) {
    peer_.ExpectMalformed(Message(), {fd});
    peer_.ExpectMalformed(RawHeader(kHandles, 9, kInHelper | kInObject),
                          {fd, some_fd_.get()});
  }
}

TEST_F(HostileHelperTest, WhereNoneIsDueOrMissing) {
  Put(252, 252);
  for (const std::uint32_t handles : {0u, 1u, 252u, 1'025u, ~0u}) {
    peer_.ExpectMalformed(RawHeader(handles, 0, kInHelper), {helper_.get()});
  }
  peer_.ExpectMalformed(Message());
  peer_.ExpectMalformed(Message(), {helper_.get(), helper_.get()});
  peer_.ExpectMalformed(RawHeader(kHandles, 9, kInHelper | kInObject),
                        {helper_.get()});
}

// The helper's own receiving end among what it carries.
TEST_F(HostileHelperTest, HelperThatCarriesItself) {
  Packet packet;
  for (int i = 0; i < 252; ++i) packet = std::move(packet) + RawEntry(2);
  RawSend(filling_, packet, std::vector<int>(252, helper_.get()));
  Put(kInLastPacket, kInLastPacket);
  ExpectGood();
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
