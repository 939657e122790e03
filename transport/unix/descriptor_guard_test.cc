#include "ipc_channel/transport/unix/descriptor_guard.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsClosed;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::IsPipe;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

class DescriptorGuardTest : public ::testing::Test {
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

  // Sends `text` with `handles` senders.
  absl::Status Send(std::string_view text, std::size_t handles) {
    const std::vector<HandleRef> senders(handles, sender_);
    return sender_.Send(Bytes(text), senders);
  }

  absl::Status ReceiveWithRoomFor(int descriptors, Message& message,
                                  absl::Time deadline = Soon()) {
    const ScopedDescriptorLimit limit(descriptors);
    return receiver_.Receive(message, deadline);
  }

  // The one message that may be lost.
  void LoseTheFirst() {
    ASSERT_OK(Send("lost", 2));
    Message message;
    EXPECT_THAT(ReceiveWithRoomFor(1, message), StatusIs(kExhausted));
  }

  Sender sender_;
  Receiver receiver_;
};

TEST_F(DescriptorGuardTest, FirstMessageBeyondTheLimitIsLostAndItAlone) {
  for (int room = 0; room < 3; ++room) {
    SCOPED_TRACE(room);
    ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
    Pipe pipe = NewPipe();
    ASSERT_OK(pair.sender.Send(Bytes("lost"),
                               Lend(pipe.write_end, sender_, sender_)));
    ASSERT_OK(SendText(pair.sender, "kept"));
    Message message;
    const absl::Status status = [&] {
      const ScopedDescriptorLimit limit(room);
      return pair.receiver.Receive(message, Soon());
    }();
    EXPECT_THAT(status, StatusIs(kExhausted));
    EXPECT_TRUE(message.handles().empty());
    EXPECT_TRUE(IsClosed(pipe.read_end));
    EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("kept"));
  }
}

TEST_F(DescriptorGuardTest, LaterMessageStaysQueuedUntilThereIsRoom) {
  LoseTheFirst();
  Pipe pipe = NewPipe();
  ASSERT_OK(SendText(sender_, "before"));
  ASSERT_OK(
      sender_.Send(Bytes("stays"), Lend(pipe.write_end, sender_, sender_)));
  ASSERT_OK(SendText(sender_, "after"));
  Message message;
  ASSERT_OK(ReceiveWithRoomFor(0, message));
  EXPECT_EQ(Text(message.payload()), "before");
  for (int room = 0; room < 3; ++room) {
    for (const absl::Time deadline :
         {absl::InfinitePast(), Soon(), absl::InfiniteFuture()}) {
      EXPECT_THAT(ReceiveWithRoomFor(room, message, deadline),
                  StatusIs(kExhausted));
      EXPECT_TRUE(message.payload().empty());
      EXPECT_TRUE(message.handles().empty());
    }
  }
  ASSERT_OK(ReceiveWithRoomFor(3, message));
  EXPECT_EQ(Text(message.payload()), "stays");
  EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, 0), pipe.read_end));
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("after"));
}

// So a peer cannot stop a channel by what its receiver would not take anyway.
TEST_F(DescriptorGuardTest, MessageOverTheLimitOfHandlesIsDroppedNotKept) {
  LoseTheFirst();
  receiver_.SetMaxMessageHandles(2);
  ASSERT_OK(Send("three", 3));
  ASSERT_OK(Send("many", 300));
  ASSERT_OK(Send("two", 2));
  Message message;
  EXPECT_FALSE(ReceiveWithRoomFor(2, message).ok());
  EXPECT_FALSE(ReceiveWithRoomFor(2, message).ok());
  ASSERT_OK(ReceiveWithRoomFor(2, message));
  EXPECT_EQ(Text(message.payload()), "two");
}

TEST_F(DescriptorGuardTest, LargePayloadStaysQueuedToo) {
  LoseTheFirst();
  ASSERT_OK(sender_.Send(Pattern(200'000)));
  Message message;
  EXPECT_THAT(ReceiveWithRoomFor(0, message), StatusIs(kExhausted));
  ASSERT_OK(ReceiveWithRoomFor(1, message));
  EXPECT_TRUE(Holds(message, Pattern(200'000)));
}

// Small messages come whole near the limit; that proves no room for others.
TEST_F(DescriptorGuardTest, MessageThatFitsDoesNotEndTheCare) {
  LoseTheFirst();
  Message message;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(Send("one", 1));
    ASSERT_OK(Send("three", 3));
    ASSERT_OK(ReceiveWithRoomFor(2, message));
    EXPECT_EQ(Text(message.payload()), "one");
    message.Clear();
    EXPECT_THAT(ReceiveWithRoomFor(2, message), StatusIs(kExhausted));
    ASSERT_OK(ReceiveWithRoomFor(3, message));
    EXPECT_EQ(message.handles().size(), 3u);
    message.Clear();
  }
  EXPECT_TRUE(AreConnected(sender_, receiver_));
}

TEST_F(DescriptorGuardTest, DisconnectIsStillToldWhileCareful) {
  LoseTheFirst();
  Message message;
  EXPECT_THAT(receiver_.TryReceive(message), IsOkAndHolds(false));
  ASSERT_OK(SendText(sender_, "last"));
  sender_ = Sender();
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("last"));
  EXPECT_THAT(ReceiveText(receiver_), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(HasRoomForDescriptorsTest, CountsWhatMayBeOpened) {
  const ExpectNoFdLeak no_leak;
  for (int room = 0; room < 4; ++room) {
    std::vector<bool> has_room;
    {
      const ScopedDescriptorLimit limit(room);
      for (std::size_t count = 0; count < 6; ++count) {
        has_room.push_back(HasRoomForDescriptors(count));
      }
    }
    for (std::size_t count = 0; count < 6; ++count) {
      EXPECT_EQ(has_room[count], count <= static_cast<std::size_t>(room));
    }
  }
}

TEST(HasRoomForDescriptorsTest, CountsGapsBetweenOpenDescriptors) {
  const ExpectNoFdLeak no_leak;
  bool one;
  bool two;
  bool three;
  {
    std::vector<UniqueFd> open(5);
    for (UniqueFd& fd : open) fd.Reset(::fcntl(0, F_DUPFD_CLOEXEC, 0));
    const ScopedDescriptorLimit limit(0);
    open[1].Reset();
    open[3].Reset();
    one = HasRoomForDescriptors(1);
    two = HasRoomForDescriptors(2);
    three = HasRoomForDescriptors(3);
  }
  EXPECT_TRUE(one);
  EXPECT_TRUE(two);
  EXPECT_FALSE(three);
}

TEST(HasRoomForDescriptorsTest, NothingFitsUnderALimitThatWasLowered) {
  bool has_room;
  {
    const ScopedLimit limit(RLIMIT_NOFILE, 3);
    has_room = HasRoomForDescriptors(1);
  }
  EXPECT_FALSE(has_room);
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
