// What a process can do that shares an end of a channel, and what happens at
// the limits of this one.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstddef>
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
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Fill;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

constexpr int kSoPassPidfd = 76;  // Linux 6.5

class CoHolderTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
    ASSERT_OK(pair);
    sender_ = std::move(pair->sender);
    receiver_ = std::move(pair->receiver);
  }

  int sending_socket() const { return sender_.lane()->descriptor().get(); }
  int receiving_socket() const { return receiver_.lane()->descriptor().get(); }

  static void SetNonBlocking(int socket) {
    ASSERT_EQ(::fcntl(socket, F_SETFL, O_NONBLOCK), 0);
  }
  template <class T>
  static void Set(int socket, int option, const T& value) {
    ASSERT_EQ(::setsockopt(socket, SOL_SOCKET, option, &value, sizeof(value)),
              0);
  }

  // A receive without a deadline waits for the message of another thread.
  void ExpectReceiveWaits() {
    std::thread sending([this] {
      absl::SleepFor(absl::Milliseconds(30));
      EXPECT_OK(SendText(sender_, "waited for"));
    });
    Message message;
    EXPECT_OK(receiver_.Receive(message));
    sending.join();
  }

  // A send without a deadline waits for room that another thread makes.
  void ExpectSendWaits() {
    ASSERT_OK_AND_ASSIGN(const int count, Fill(sender_));
    std::thread receiving([this, count] {
      absl::SleepFor(absl::Milliseconds(30));
      for (int i = 0; i < count; ++i) {
        EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("filler"));
      }
    });
    EXPECT_OK(sender_.Send(Bytes("waited")));
    receiving.join();
    EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("waited"));
  }

  Sender sender_;
  Receiver receiver_;
};

TEST_F(CoHolderTest, NonBlockingSocketsStillWait) {
  SetNonBlocking(sending_socket());
  SetNonBlocking(receiving_socket());
  ExpectReceiveWaits();
  ExpectSendWaits();
}

TEST_F(CoHolderTest, SocketTimeoutsAreInvisible) {
  const timeval briefly = {.tv_sec = 0, .tv_usec = 1'000};
  Set(receiving_socket(), SO_RCVTIMEO, briefly);
  Set(sending_socket(), SO_SNDTIMEO, briefly);
  ExpectReceiveWaits();
  ExpectSendWaits();
}

TEST_F(CoHolderTest, CredentialsNobodyAskedForAreDropped) {
  Set(receiving_socket(), SO_PASSCRED, 1);
  Set(receiving_socket(), SO_TIMESTAMP, 1);
  const int on = 1;
  ::setsockopt(receiving_socket(), SOL_SOCKET, kSoPassPidfd, &on, sizeof(on));
  EXPECT_TRUE(AreConnected(sender_, receiver_));
  const std::vector<HandleRef> handles(kMaxMessageHandles, sender_);
  ASSERT_OK(sender_.Send(Pattern(100'000), handles));
  Message message;
  ASSERT_OK(receiver_.Receive(message, Soon()));
  EXPECT_EQ(message.handles().size(), kMaxMessageHandles);
  EXPECT_TRUE(Holds(message, Pattern(100'000)));
}

TEST_F(CoHolderTest, SmallSendBufferTakesEveryPayloadAndAllHandles) {
  Set(sending_socket(), SO_SNDBUF, 1);
  const std::vector<HandleRef> handles(kMaxMessageHandles, sender_);
  Message message;
  for (const std::size_t size : {0, 1, 3'000, 6'000, 65'536, 1 << 20}) {
    ASSERT_OK(sender_.Send(Pattern(size), handles, Soon())) << size;
    ASSERT_OK(receiver_.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(size))) << size;
    EXPECT_EQ(message.handles().size(), kMaxMessageHandles);
  }
}

TEST_F(CoHolderTest, ShutReceivingSideIsDisconnectedOnBothSides) {
  ASSERT_OK(SendText(sender_, "queued"));
  ASSERT_EQ(::shutdown(receiving_socket(), SHUT_RD), 0);
  EXPECT_THAT(SendText(sender_, "late"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("queued"));
  EXPECT_THAT(ReceiveText(receiver_), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(CoHolderTest, SendAtTheDescriptorLimitTakesNothing) {
  ASSERT_OK_AND_ASSIGN(ChannelPair carried, CreateUnixChannel());
  EXPECT_TRUE(AreConnected(sender_, receiver_));
  absl::Status created;
  absl::Status sent_large;
  absl::Status sent_small;
  {
    const ScopedDescriptorLimit limit(0);
    created = CreateUnixChannel().status();
    sent_large = sender_.Send(Pattern(100'000), Lend(carried.receiver));
    // At this limit nobody of the same user may have as many in flight, and
    // other programs may, for a moment.
    const absl::Time soon = Soon();
    do {
      sent_small = sender_.Send(Bytes("small"), Lend(carried.sender));
    } while (absl::IsResourceExhausted(sent_small) && absl::Now() < soon);
  }
  EXPECT_THAT(created, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(sent_large, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(IsFull(sent_large));
  ASSERT_OK(sent_small);
  EXPECT_TRUE(AreConnected(carried.sender, carried.receiver));
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("small"));
}

TEST_F(CoHolderTest, LargeSendOverAFullChannelIsRefusedBeforeItIsCopied) {
  ASSERT_OK(Fill(sender_));
  const std::vector<std::byte> large = Pattern(1 << 20);
  absl::Status status;
  {
    const ScopedDescriptorLimit limit(0);  // no descriptor for an object
    status = sender_.Send(large, absl::InfinitePast());
  }
  EXPECT_TRUE(IsFull(status)) << status;
}

TEST_F(CoHolderTest, InprocessEndsCannotLeaveTheProcess) {
  ASSERT_OK_AND_ASSIGN(ChannelPair local, CreateInprocessChannel());
  Pipe pipe = NewPipe();
  EXPECT_THAT(sender_.Send({}, Lend(pipe.write_end, local.sender)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(sender_.Send({}, Lend(pipe.write_end, local.receiver)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(pipe.write_end.valid());
  EXPECT_TRUE(AreConnected(local.sender, local.receiver));
  ASSERT_OK(local.sender.Send({}, Lend(sender_, receiver_)));
}

TEST_F(CoHolderTest, ReceiveBufferIsKept) {
  Message message;
  ASSERT_OK(SendText(sender_, "first"));
  ASSERT_OK(receiver_.Receive(message, Soon()));
  const std::byte* const address = message.payload().data();
  ASSERT_OK(sender_.Send(Pattern(kMaxInlineBytes)));
  ASSERT_OK(receiver_.Receive(message, Soon()));
  EXPECT_EQ(message.payload().data(), address);
}

TEST(AdoptTest, OnlyConnectedPacketSocketsAreAdopted) {
  const ExpectNoFdLeak no_leak;
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), 0);
    EXPECT_THAT(AdoptUnixSender(UniqueFd(pair[0])),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(AdoptUnixReceiver(UniqueFd(pair[1])),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  const auto unconnected = [] {
    return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  };
  EXPECT_THAT(AdoptUnixSender(unconnected()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(AdoptUnixReceiver(unconnected()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(AdoptUnixSender(NewPipe().write_end),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(AdoptUnixReceiver(UniqueFd()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(AdoptTest, SocketWhosePeerHasLeftIsAdoptedWithItsMessages) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  ASSERT_OK(SendText(pair.sender, "left behind"));
  UniqueFd socket(
      ::fcntl(pair.receiver.lane()->descriptor().get(), F_DUPFD_CLOEXEC, 0));
  pair = ChannelPair();
  ASSERT_OK_AND_ASSIGN(Receiver receiver, AdoptUnixReceiver(std::move(socket)));
  EXPECT_THAT(ReceiveText(receiver), IsOkAndHolds("left behind"));
  EXPECT_THAT(ReceiveText(receiver), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(UnixChannelTest, IdleChannelIsTwoDescriptorsClosedOnExec) {
  ASSERT_OK_AND_ASSIGN(const ChannelPair pair, CreateUnixChannel());
  for (const BorrowedFd fd :
       {pair.sender.lane()->descriptor(), pair.receiver.lane()->descriptor()}) {
    EXPECT_EQ(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  }
}

TEST(UnixChannelTest, NothingCanBeParkedInTheBackDirection) {
  ASSERT_OK_AND_ASSIGN(const ChannelPair pair, CreateUnixChannel());
  EXPECT_EQ(::send(pair.receiver.lane()->descriptor().get(), "x", 1,
                   MSG_DONTWAIT | MSG_NOSIGNAL),
            -1);
}

}  // namespace
}  // namespace ipc_channel::transport
