#include <mach/mach.h>
#include <mach/notify.h>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

TEST(NotificationsTest, NoSendersComesAfterTheLastMessageAndOnce) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  EXPECT_EQ(StatusOf(port).mps_nsrequest, 1);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(NextId(port), MACH_NOTIFY_NO_SENDERS);
  EXPECT_EQ(StatusOf(port).mps_nsrequest, 0);
  AddSend(port);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), -1);
}

// The destination of a queued message is a send right, too.
TEST(NotificationsTest, AMessageThatMovedTheLastRightIsASender) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, notify), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(notify), -1);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_NO_SENDERS);
}

TEST(NotificationsTest, ASendRightOnItsWayIsASender) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t to = NewPortWithSend();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), -1);
  EXPECT_EQ(DropReceive(to), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), MACH_NOTIFY_NO_SENDERS);
}

TEST(NotificationsTest, NoSendersTellsHowOftenARightWasMade) {
  const mach_port_t port = NewPortWithSend();
  AddSend(port);
  AddSend(port);
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  EXPECT_EQ(
      mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -3),
      KERN_SUCCESS);
  Received received;
  ASSERT_EQ(Take(port, &received), MACH_MSG_SUCCESS);
  EXPECT_EQ(received.header.msgh_id, MACH_NOTIFY_NO_SENDERS);
  EXPECT_EQ(NumberIn(received), 3u);
}

TEST(NotificationsTest, NoSendersComesAtOnceIfThereAreNone) {
  const mach_port_t port = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), MACH_NOTIFY_NO_SENDERS);
}

// So that who knows of rights that were made and not yet received can wait.
TEST(NotificationsTest, NoSendersWaitsForAsManyRightsAsTheCallerKnowsOf) {
  const mach_port_t port = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port, 1), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), -1);
  AddSend(port);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), MACH_NOTIFY_NO_SENDERS);
}

TEST(NotificationsTest, ARequestGivesBackTheOneBefore) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t first = NewPort();
  const mach_port_t second = NewPort();
  mach_port_t previous = 1;
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, first, 0, &previous),
            KERN_SUCCESS);
  EXPECT_EQ(previous, mach_port_t{MACH_PORT_NULL});
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, second, 0, &previous),
            KERN_SUCCESS);
  EXPECT_EQ(TypeOf(previous), MACH_PORT_TYPE_SEND_ONCE);
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), previous), KERN_SUCCESS);
  EXPECT_EQ(NextId(first), MACH_NOTIFY_SEND_ONCE);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(second), MACH_NOTIFY_NO_SENDERS);
  EXPECT_EQ(NextId(first), -1);
}

TEST(NotificationsTest, ARequestIsCancelledByNoPort) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  mach_port_t previous;
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, notify), KERN_SUCCESS);
  EXPECT_EQ(mach_port_request_notification(
                mach_task_self(), port, MACH_NOTIFY_NO_SENDERS, 0,
                MACH_PORT_NULL, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous),
            KERN_SUCCESS);
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), previous), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_SEND_ONCE);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), -1);
}

// The send-once right of the request is released with the port.
TEST(NotificationsTest, ADyingPortSaysNothingOfSenders) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, notify), KERN_SUCCESS);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_SEND_ONCE);
}

TEST(NotificationsTest, ASendOnceRightNotUsedIsAMessage) {
  const mach_port_t port = NewPort();
  mach_port_t right;
  mach_msg_type_name_t type;
  ASSERT_EQ(
      mach_port_extract_right(mach_task_self(), port,
                              MACH_MSG_TYPE_MAKE_SEND_ONCE, &right, &type),
      KERN_SUCCESS);
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), right), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), MACH_NOTIFY_SEND_ONCE);
  EXPECT_EQ(NextId(port), -1);
}

TEST(NotificationsTest, ADeadNameIsToldAndHasOneReferenceMore) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_DEAD_NAME, notify), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port),
            MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  Received received;
  ASSERT_EQ(Take(notify, &received), MACH_MSG_SUCCESS);
  EXPECT_EQ(received.header.msgh_id, MACH_NOTIFY_DEAD_NAME);
  EXPECT_EQ(NumberIn(received), port);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_DEAD_NAME), 2u);
}

TEST(NotificationsTest, ASendOnceRightDiesLikeAnyOther) {
  const mach_port_t port = NewPort();
  const mach_port_t notify = NewPort();
  mach_port_t right;
  mach_msg_type_name_t type;
  ASSERT_EQ(
      mach_port_extract_right(mach_task_self(), port,
                              MACH_MSG_TYPE_MAKE_SEND_ONCE, &right, &type),
      KERN_SUCCESS);
  EXPECT_EQ(Request(right, MACH_NOTIFY_DEAD_NAME, notify), KERN_SUCCESS);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_DEAD_NAME);
  EXPECT_EQ(TypeOf(right), MACH_PORT_TYPE_DEAD_NAME);
}

TEST(NotificationsTest, ANameThatIsFreedIsToldAsDeleted) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPort();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_DEAD_NAME, notify), KERN_SUCCESS);
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  Received received;
  ASSERT_EQ(Take(notify, &received), MACH_MSG_SUCCESS);
  EXPECT_EQ(received.header.msgh_id, MACH_NOTIFY_PORT_DELETED);
  EXPECT_EQ(NumberIn(received), port);
}

TEST(NotificationsTest, APortDestroyedHandsItsReceiveRightOn) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_PORT_DESTROYED, notify), KERN_SUCCESS);
  EXPECT_EQ(Request(port, MACH_NOTIFY_PORT_DESTROYED, notify), KERN_FAILURE);
  EXPECT_EQ(Request(port, MACH_NOTIFY_PORT_DESTROYED, notify, 1),
            KERN_INVALID_VALUE);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_SEND_ONCE);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_SEND_ONCE);
  EXPECT_EQ(Post(port, 3), MACH_MSG_SUCCESS);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND);
  Received received;
  ASSERT_EQ(Take(notify, &received), MACH_MSG_SUCCESS);
  EXPECT_EQ(received.header.msgh_id, MACH_NOTIFY_PORT_DESTROYED);
  EXPECT_EQ(received.port.name, port);
  EXPECT_EQ(NextId(port), 3);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_DEAD_NAME);
}

TEST(NotificationsTest, RequestsThatMakeNoSenseAreRefused) {
  const mach_port_t notify = NewPort();
  const mach_port_t dead = NewPortWithSend();
  EXPECT_EQ(DropReceive(dead), KERN_SUCCESS);
  EXPECT_EQ(Request(0x777703, MACH_NOTIFY_DEAD_NAME, notify),
            KERN_INVALID_NAME);
  EXPECT_EQ(Request(dead, MACH_NOTIFY_DEAD_NAME, notify),
            KERN_INVALID_ARGUMENT);
  EXPECT_EQ(Request(dead, MACH_NOTIFY_NO_SENDERS, notify), KERN_INVALID_RIGHT);
  EXPECT_EQ(Request(notify, 12345, notify), KERN_INVALID_VALUE);
  // Each request had made a send-once right.
  for (int i = 0; i < 4; ++i) EXPECT_EQ(NextId(notify), MACH_NOTIFY_SEND_ONCE);
  EXPECT_EQ(NextId(notify), -1);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
