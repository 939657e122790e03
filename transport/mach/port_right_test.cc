#include "ipc_channel/transport/mach/port_right.h"

#include <mach/mach.h>
#include <mach/notify.h>

#include <optional>
#include <utility>

#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/mach/raw_peer.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;

SendRight AnotherSend(mach_port_name_t port) {
  EXPECT_EQ(mach_port_insert_right(mach_task_self(), port, port,
                                   MACH_MSG_TYPE_MAKE_SEND),
            KERN_SUCCESS);
  return SendRight(port);
}

TEST(PortRightTest, EachSendRightIsOneReference) {
  const mach_port_name_t port = NewRawPort();
  const ReceiveRight receive(port);
  std::optional<SendRight> first(port);
  std::optional<SendRight> second(AnotherSend(port));
  std::optional<SendRight> third(AnotherSend(port));
  EXPECT_EQ(SendRefs(port), 3u);
  second.reset();
  EXPECT_EQ(SendRefs(port), 2u);
  *first = *std::move(third);
  EXPECT_EQ(SendRefs(port), 1u);
  EXPECT_FALSE(third->valid());
  const SendRight moved = *std::move(first);
  EXPECT_EQ(SendRefs(port), 1u);
  EXPECT_EQ(moved.name(), port);
}

TEST(PortRightTest, WhatIsReleasedIsNotDropped) {
  const mach_port_name_t port = NewRawPort();
  const ReceiveRight receive(port);
  SendRight send(port);
  EXPECT_EQ(send.Release(), port);
  EXPECT_FALSE(send.valid());
  send = SendRight();
  EXPECT_EQ(SendRefs(port), 1u);
  const SendRight again(port);
}

TEST(PortRightTest, APortDiesWithItsReceiveRightAndLeavesADeadName) {
  const mach_port_name_t port = NewRawPort();
  std::optional<SendRight> send(port);
  { const ReceiveRight receive(port); }
  EXPECT_EQ(RightsToPort(port).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
  send.reset();
  EXPECT_EQ(RightsToPort(port).references[MACH_PORT_RIGHT_DEAD_NAME], 0u);
}

TEST(PortRightTest, ASendOnceRightThatIsDroppedIsToldToItsPort) {
  mach_port_name_t port = MACH_PORT_NULL;
  ASSERT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
      KERN_SUCCESS);
  const ReceiveRight receive(port);
  mach_port_t name = MACH_PORT_NULL;
  mach_msg_type_name_t type = 0;
  ASSERT_EQ(mach_port_extract_right(mach_task_self(), port,
                                    MACH_MSG_TYPE_MAKE_SEND_ONCE, &name, &type),
            KERN_SUCCESS);
  { const SendOnceRight once(name); }
  struct {
    mach_msg_header_t header;
    mach_msg_max_trailer_t trailer;
  } notice = {};
  ASSERT_EQ(mach_msg(&notice.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                     sizeof(notice), port, 0, MACH_PORT_NULL),
            MACH_MSG_SUCCESS);
  EXPECT_EQ(notice.header.msgh_id, MACH_NOTIFY_SEND_ONCE);
}

TEST(PortRightTest, AForkedChildsCopyOwnsNothing) {
  const mach_port_name_t port = NewRawPort();
  const ReceiveRight receive(port);
  std::optional<SendRight> send(port);
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                         const bool owns = send->valid() || receive.valid();
                         send.reset();
                         return owns ? 1 : 0;
                       }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_TRUE(send->valid());
  EXPECT_EQ(SendRefs(port), 1u);
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
