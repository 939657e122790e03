#include <mach/mach.h>
#include <mach/notify.h>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// A port whose queue has room for one message, and one in it.
mach_port_t NewFullPort() {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(Post(port, 2), MACH_SEND_TIMED_OUT);
  // That has given a reference back.
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  return port;
}

// With a sync that is not 0: the request is armed by itself.
kern_return_t RequestRoom(mach_port_t port, mach_port_t notify,
                          mach_port_t* previous = nullptr) {
  return Request(port, MACH_NOTIFY_SEND_POSSIBLE, notify, 1, previous);
}

void ExpectTold(mach_port_t notify, mach_msg_id_t id, mach_port_t name) {
  Received received;
  ASSERT_EQ(Take(notify, &received), MACH_MSG_SUCCESS);
  EXPECT_EQ(received.header.msgh_id, id);
  EXPECT_EQ(NumberIn(received), name);
  EXPECT_EQ(NextId(notify), -1);
}

TEST(SendPossibleTest, IsToldAtOnceWhereThereIsRoom) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  mach_port_t previous = 1;
  ASSERT_EQ(RequestRoom(port, notify, &previous), KERN_SUCCESS);
  EXPECT_EQ(previous, mach_port_t{MACH_PORT_NULL});
  ExpectTold(notify, MACH_NOTIFY_SEND_POSSIBLE, port);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND_RECEIVE);
}

TEST(SendPossibleTest, IsToldWhenAMessageIsReceivedAndOnce) {
  const mach_port_t port = NewFullPort();
  const mach_port_t notify = NewPort();
  ASSERT_EQ(RequestRoom(port, notify), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), -1);
  EXPECT_EQ(NextId(port), 1);
  ExpectTold(notify, MACH_NOTIFY_SEND_POSSIBLE, port);
  ASSERT_EQ(Post(port, 3), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 3);
  EXPECT_EQ(NextId(notify), -1);
}

// It is a hint: the next sender may be faster, or the limit lower.
TEST(SendPossibleTest, IsToldThoughTheQueueIsFullStill) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  for (int id = 1; id <= 3; ++id) ASSERT_EQ(Post(port, id), MACH_MSG_SUCCESS);
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  ASSERT_EQ(RequestRoom(port, notify), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), -1);
  EXPECT_EQ(NextId(port), 1);
  ExpectTold(notify, MACH_NOTIFY_SEND_POSSIBLE, port);
  EXPECT_EQ(Post(port, 4), MACH_SEND_TIMED_OUT);
}

TEST(SendPossibleTest, AHigherLimitTellsNothing) {
  const mach_port_t port = NewFullPort();
  const mach_port_t notify = NewPort();
  ASSERT_EQ(RequestRoom(port, notify), KERN_SUCCESS);
  ASSERT_EQ(SetQueueLimit(port, 2), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), -1);
  EXPECT_EQ(NextId(port), 1);
  ExpectTold(notify, MACH_NOTIFY_SEND_POSSIBLE, port);
}

TEST(SendPossibleTest, AMessageThatDoesNotFitMakesRoomAndTellsNothing) {
  const mach_port_t port = NewFullPort();
  const mach_port_t notify = NewPort();
  ASSERT_EQ(RequestRoom(port, notify), KERN_SUCCESS);
  mach_msg_header_t header = {};
  ASSERT_EQ(mach_msg(&header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                     sizeof(header), port, 0, MACH_PORT_NULL),
            MACH_RCV_TOO_LARGE);
  EXPECT_EQ(NextId(notify), -1);
  ASSERT_EQ(Post(port, 3), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 3);
  ExpectTold(notify, MACH_NOTIFY_SEND_POSSIBLE, port);
}

TEST(SendPossibleTest, ADeadNameIsToldInstead) {
  const mach_port_t port = NewFullPort();
  const mach_port_t notify = NewPort();
  ASSERT_EQ(RequestRoom(port, notify), KERN_SUCCESS);
  ASSERT_EQ(DropReceive(port), KERN_SUCCESS);
  ExpectTold(notify, MACH_NOTIFY_DEAD_NAME, port);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_DEAD_NAME), 2u);
}

TEST(SendPossibleTest, OfADeadNameThatIsToldAtOnce) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  ASSERT_EQ(DropReceive(port), KERN_SUCCESS);
  ASSERT_EQ(RequestRoom(port, notify), KERN_SUCCESS);
  ExpectTold(notify, MACH_NOTIFY_DEAD_NAME, port);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_DEAD_NAME), 2u);
}

TEST(SendPossibleTest, ASendOnceRightAlwaysHasRoom) {
  const mach_port_t port = NewFullPort();
  const mach_port_t notify = NewPort();
  mach_port_t right;
  mach_msg_type_name_t type;
  ASSERT_EQ(
      mach_port_extract_right(mach_task_self(), port,
                              MACH_MSG_TYPE_MAKE_SEND_ONCE, &right, &type),
      KERN_SUCCESS);
  ASSERT_EQ(RequestRoom(right, notify), KERN_SUCCESS);
  ExpectTold(notify, MACH_NOTIFY_SEND_POSSIBLE, right);
}

TEST(SendPossibleTest, ARequestGivesBackTheOneBefore) {
  const mach_port_t port = NewFullPort();
  const mach_port_t first = NewPort();
  const mach_port_t second = NewPort();
  mach_port_t previous;
  ASSERT_EQ(RequestRoom(port, first), KERN_SUCCESS);
  ASSERT_EQ(RequestRoom(port, second, &previous), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(previous), MACH_PORT_TYPE_SEND_ONCE);
  ASSERT_EQ(mach_port_deallocate(mach_task_self(), previous), KERN_SUCCESS);
  EXPECT_EQ(NextId(first), MACH_NOTIFY_SEND_ONCE);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(NextId(first), -1);
  ExpectTold(second, MACH_NOTIFY_SEND_POSSIBLE, port);
}

// A name has one request for both.
TEST(SendPossibleTest, ToldAtOnceItTakesARequestForTheDeadNameAway) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t first = NewPort();
  const mach_port_t second = NewPort();
  mach_port_t previous;
  ASSERT_EQ(Request(port, MACH_NOTIFY_DEAD_NAME, first), KERN_SUCCESS);
  ASSERT_EQ(RequestRoom(port, second, &previous), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(previous), MACH_PORT_TYPE_SEND_ONCE);
  ExpectTold(second, MACH_NOTIFY_SEND_POSSIBLE, port);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND_RECEIVE);
  ASSERT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(first), -1);
}

TEST(SendPossibleTest, ARequestForTheDeadNameEndsOneForRoom) {
  const mach_port_t port = NewFullPort();
  const mach_port_t first = NewPort();
  const mach_port_t second = NewPort();
  ASSERT_EQ(RequestRoom(port, first), KERN_SUCCESS);
  ASSERT_EQ(Request(port, MACH_NOTIFY_DEAD_NAME, second), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(NextId(first), -1);
  EXPECT_EQ(NextId(second), -1);
  ASSERT_EQ(DropReceive(port), KERN_SUCCESS);
  ExpectTold(second, MACH_NOTIFY_DEAD_NAME, port);
}

TEST(SendPossibleTest, ARequestIsCancelledByNoPort) {
  const mach_port_t port = NewFullPort();
  const mach_port_t notify = NewPort();
  ASSERT_EQ(RequestRoom(port, notify), KERN_SUCCESS);
  mach_port_t previous;
  ASSERT_EQ(mach_port_request_notification(
                mach_task_self(), port, MACH_NOTIFY_SEND_POSSIBLE, 1,
                MACH_PORT_NULL, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous),
            KERN_SUCCESS);
  ASSERT_EQ(mach_port_deallocate(mach_task_self(), previous), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_SEND_ONCE);
  EXPECT_EQ(NextId(notify), -1);
}

TEST(SendPossibleTest, ANameThatIsFreedIsToldAsDeleted) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewFullPort();
  const mach_port_t notify = NewPort();
  ASSERT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  ASSERT_EQ(RequestRoom(port, notify), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), -1);
  ASSERT_EQ(DropSend(port), KERN_SUCCESS);
  ExpectTold(notify, MACH_NOTIFY_PORT_DELETED, port);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
