#include "ipc_channel/transport/mach/mach_channel.h"

#include <mach/mach.h>

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

std::size_t RoomOf(const ChannelPair& pair) {
  std::size_t sent = 0;
  absl::Status status;
  while ((status = pair.sender.Send({}, absl::InfinitePast())).ok()) ++sent;
  EXPECT_TRUE(IsFull(status)) << status;
  return sent;
}

TEST(MachChannelTest, QueuesAsManyMessagesAsWereAskedFor) {
  for (const std::size_t messages : {1, 7, 1024}) {
    ASSERT_OK_AND_ASSIGN(
        const ChannelPair pair,
        CreateMachChannel({.capacity = ChannelCapacity{.messages = messages}}));
    EXPECT_EQ(RoomOf(pair), messages);
  }
  ASSERT_OK_AND_ASSIGN(const ChannelPair pair, CreateMachChannel());
  EXPECT_EQ(RoomOf(pair), kInprocessCapacity);
}

TEST(MachChannelTest, QueuesOneMessageAtLeast) {
  ASSERT_OK_AND_ASSIGN(
      const ChannelPair pair,
      CreateMachChannel({.capacity = ChannelCapacity{.messages = 0}}));
  EXPECT_EQ(RoomOf(pair), 1u);
}

TEST(MachChannelTest, MoreThanAPortQueuesIsOutOfRange) {
  EXPECT_THAT(
      CreateMachChannel(
          {.capacity = ChannelCapacity{.messages = kMaxMachCapacity + 1}})
          .status(),
      StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(MachChannelTest, NoRightIsNoEnd) {
  EXPECT_THAT(AdoptMachSender({}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(AdoptMachReceiver({}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// Whoever makes a port can have no sender yet when he adopts it.
TEST(MachChannelTest, AnAdoptedReceiverHasNotEndedOnceThereIsASender) {
  mach_port_name_t port = MACH_PORT_NULL;
  ASSERT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
      KERN_SUCCESS);
  ASSERT_OK_AND_ASSIGN(Receiver receiver,
                       AdoptMachReceiver(mach_backend::ReceiveRight(port)));
  ASSERT_EQ(mach_port_insert_right(mach_task_self(), port, port,
                                   MACH_MSG_TYPE_MAKE_SEND),
            KERN_SUCCESS);
  ASSERT_OK_AND_ASSIGN(Sender sender,
                       AdoptMachSender(mach_backend::SendRight(port)));
  Message message;
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  ASSERT_OK(sender.Send({}, Soon()));
  ASSERT_OK(receiver.Receive(message, Soon()));
  sender = Sender();
  EXPECT_TRUE(IsDisconnected(receiver.Receive(message, Soon())));
}

bool IsForkedCopy(const absl::Status& status) {
  return status.code() == absl::StatusCode::kFailedPrecondition;
}

int UseForkedCopies(ChannelPair& pair) {
  Message message;
  if (!IsForkedCopy(pair.sender.Send({}, Soon()))) return 1;
  if (!IsForkedCopy(pair.receiver.Receive(message, Soon()))) return 2;
  if (!IsForkedCopy(pair.sender.waitable().status())) return 3;
  if (!IsForkedCopy(pair.receiver.waitable().status())) return 4;
  absl::StatusOr<ChannelPair> own = CreateMachChannel();
  if (!own.ok()) return 5;
  if (own->sender.Send({}, {pair.receiver}, Soon()).code() !=
      absl::StatusCode::kInvalidArgument) {
    return 6;
  }
  pair = ChannelPair();
  if (!own->sender.Send({}, Soon()).ok()) return 7;
  return own->receiver.Receive(message, Soon()).ok() ? 0 : 8;
}

TEST(MachChannelTest, AForkedChildHasNeitherEndAndDestroysNothing) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateMachChannel());
  ASSERT_OK(pair.sender.waitable().status());
  ASSERT_OK(pair.receiver.waitable().status());
  ASSERT_OK(pair.sender.Send(mach_backend::BytesOf("before"), Soon()));
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                         return UseForkedCopies(pair);
                       }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  EXPECT_EQ(message.payload().size(), 6u);
  ASSERT_OK(pair.sender.Send({}, Soon()));
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  pair.sender = Sender();
  EXPECT_TRUE(IsDisconnected(pair.receiver.Receive(message, Soon())));
}

}  // namespace
}  // namespace ipc_channel::transport
