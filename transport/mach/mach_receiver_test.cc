#include "ipc_channel/transport/mach/mach_receiver.h"

#include <poll.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;

class MachReceiverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(carrier_, CreateMachChannel());
    ASSERT_OK_AND_ASSIGN(channel_, CreateMachChannel());
  }

  // Through the carrier, and back.
  void Move() {
    ASSERT_OK(carrier_.sender.Send({}, {channel_.receiver}, Soon()));
    EXPECT_FALSE(channel_.receiver.valid());
    SendWhileItTravels();
    Message message;
    ASSERT_OK(carrier_.receiver.Receive(message, Soon()));
    channel_.receiver = std::move(std::get<Receiver>(message.handles().at(0)));
  }
  virtual void SendWhileItTravels() {}

  bool IsReadable() {
    pollfd entry = {.fd = channel_.receiver.waitable()->get(),
                    .events = POLLIN,
                    .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
  }

  ipc_channel_testing::ExpectNoFdLeak no_leak_;
  ChannelPair carrier_;
  ChannelPair channel_;
  Message message_;
};

TEST_F(MachReceiverTest, TellsTheEndHoweverOftenItWasMoved) {
  for (int moves = 0; moves < 20; ++moves) ASSERT_NO_FATAL_FAILURE(Move());
  EXPECT_THAT(channel_.receiver.TryReceive(message_), IsOkAndHolds(false));
  channel_.sender = Sender();
  EXPECT_TRUE(IsReadable());
  EXPECT_TRUE(IsDisconnected(channel_.receiver.Receive(message_, Soon())));
}

TEST_F(MachReceiverTest, TellsTheEndThatCameOnItsWay) {
  ASSERT_OK(carrier_.sender.Send({}, {channel_.receiver}, Soon()));
  channel_.sender = Sender();
  ASSERT_OK(carrier_.receiver.Receive(message_, Soon()));
  Receiver moved = std::move(std::get<Receiver>(message_.handles().at(0)));
  EXPECT_TRUE(IsDisconnected(moved.Receive(message_, Soon())));
}

// What its new owner asks for replaces what the last one asked for, and the
// kernel's answer to that is nobody's message.
TEST_F(MachReceiverTest, ShowsNoMessageThatIsNoneAfterAMove) {
  for (int moves = 0; moves < 5; ++moves) {
    ASSERT_NO_FATAL_FAILURE(Move());
    EXPECT_FALSE(IsReadable());
  }
}

TEST_F(MachReceiverTest, ShowsNoMessageThatIsNoneBehindAQueue) {
  ASSERT_OK(channel_.sender.Send(BytesOf("queued"), Soon()));
  ASSERT_NO_FATAL_FAILURE(Move());
  EXPECT_TRUE(IsReadable());
  ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
  EXPECT_FALSE(IsReadable());
}

// Each move has left an answer somewhere among the messages.
TEST_F(MachReceiverTest, ShowsNoMessageThatIsNoneHoweverOftenItsQueueMoved) {
  for (int moves = 0; moves < 4; ++moves) {
    ASSERT_OK(channel_.sender.Send(BytesOf("queued"), Soon()));
    if (moves == 2) ASSERT_NO_FATAL_FAILURE(Move());
    ASSERT_NO_FATAL_FAILURE(Move());
  }
  for (int queued = 4; queued > 0; --queued) {
    EXPECT_TRUE(IsReadable());
    ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
  }
  EXPECT_FALSE(IsReadable());
}

class SendingMachReceiverTest : public MachReceiverTest {
 protected:
  void SendWhileItTravels() override {
    ASSERT_OK(channel_.sender.Send(BytesOf(std::to_string(sent_++)), Soon()));
  }
  int sent_ = 0;
};

TEST_F(SendingMachReceiverTest, BringsWhatWasSentOnItsWay) {
  for (int moves = 0; moves < 10; ++moves) ASSERT_NO_FATAL_FAILURE(Move());
  for (int next = 0; next < sent_; ++next) {
    ASSERT_OK(channel_.receiver.Receive(message_, Soon()));
    EXPECT_TRUE(
        std::ranges::equal(message_.payload(), BytesOf(std::to_string(next))));
  }
  EXPECT_THAT(channel_.receiver.TryReceive(message_), IsOkAndHolds(false));
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
