#include "ipc_channel/transport/mach/room_notice.h"

#include <mach/mach.h>
#include <poll.h>

#include <memory>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport::mach_backend {
namespace {

bool IsReadable(const RoomNotice& notice) {
  pollfd entry = {
      .fd = notice.descriptor().get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

class RoomNoticeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(channel_,
                         CreateMachChannel({
                             .capacity = ChannelCapacity{.messages = 1},
                         }));
    ASSERT_OK_AND_ASSIGN(notice_, RoomNotice::Create());
    ASSERT_OK_AND_ASSIGN(other_, RoomNotice::Create());
    Fill();
  }

  void Fill() { ASSERT_OK(channel_.sender.Send({}, absl::InfinitePast())); }
  void Drain() {
    Message message;
    ASSERT_OK(channel_.receiver.Receive(message, absl::InfinitePast()));
  }
  mach_port_name_t port() const { return PortOf(channel_.sender); }

  ipc_channel_testing::ExpectNoFdLeak no_leak_;
  ChannelPair channel_;
  std::unique_ptr<RoomNotice> notice_;
  std::unique_ptr<RoomNotice> other_;
};

TEST_F(RoomNoticeTest, IsSilentUntilThereIsRoom) {
  EXPECT_FALSE(IsReadable(*notice_));
  notice_->AwaitRoom(port());
  EXPECT_FALSE(IsReadable(*notice_));
  Drain();
  EXPECT_TRUE(IsReadable(*notice_));
}

TEST_F(RoomNoticeTest, ShowsRoomThatIsThereAlready) {
  Drain();
  notice_->AwaitRoom(port());
  EXPECT_TRUE(IsReadable(*notice_));
}

TEST_F(RoomNoticeTest, ShowsTheDeathOfThePort) {
  notice_->AwaitRoom(port());
  channel_.receiver = Receiver();
  EXPECT_TRUE(IsReadable(*notice_));
  notice_->AwaitRoom(port());  // takes the notice, and the dead name it counts
  channel_.sender = Sender();
}

// Asking again while it waits is no reason to wake anybody.
TEST_F(RoomNoticeTest, AskingAgainKeepsSilent) {
  for (int i = 0; i < 3; ++i) {
    notice_->AwaitRoom(port());
    EXPECT_FALSE(IsReadable(*notice_));
  }
  Drain();
  EXPECT_TRUE(IsReadable(*notice_));
}

TEST_F(RoomNoticeTest, IsSilentAgainWhenTheChannelIsFullAgain) {
  for (int i = 0; i < 3; ++i) {
    notice_->AwaitRoom(port());
    Drain();
    EXPECT_TRUE(IsReadable(*notice_));
    Fill();
    notice_->AwaitRoom(port());
    EXPECT_FALSE(IsReadable(*notice_));
  }
}

// A name has one request: whose request is replaced is woken, not forgotten.
TEST_F(RoomNoticeTest, OneThatIsReplacedIsWoken) {
  notice_->AwaitRoom(port());
  other_->AwaitRoom(port());
  EXPECT_TRUE(IsReadable(*notice_));
  EXPECT_FALSE(IsReadable(*other_));
  Drain();
  EXPECT_TRUE(IsReadable(*other_));
}

TEST_F(RoomNoticeTest, GoesAwayWhileItWaits) {
  notice_->AwaitRoom(port());
  notice_.reset();
  Drain();
  Fill();
  Drain();
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
