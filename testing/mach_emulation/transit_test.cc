#include <mach/mach.h>
#include <mach/notify.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

TEST(TransitTest, ASendRightArrivesUnderTheNameItIsKnownBy) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(TakeRight(to), port);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND_RECEIVE);
}

TEST(TransitTest, EveryDispositionArrivesAsTheTypeItMakes) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPortWithSend();
  const auto type_of = [to, port](mach_msg_type_name_t disposition) {
    EXPECT_EQ(Give(to, port, disposition), MACH_MSG_SUCCESS);
    Received received;
    EXPECT_EQ(Take(to, &received), MACH_MSG_SUCCESS);
    const mach_msg_type_name_t type = received.port.disposition;
    if (type == MACH_MSG_TYPE_PORT_SEND_ONCE) {
      EXPECT_EQ(mach_port_deallocate(mach_task_self(), received.port.name),
                KERN_SUCCESS);
    }
    return static_cast<int>(type);
  };
  EXPECT_EQ(type_of(MACH_MSG_TYPE_COPY_SEND), MACH_MSG_TYPE_PORT_SEND);
  EXPECT_EQ(type_of(MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_TYPE_PORT_SEND);
  EXPECT_EQ(type_of(MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_TYPE_PORT_SEND);
  EXPECT_EQ(type_of(MACH_MSG_TYPE_MAKE_SEND_ONCE),
            MACH_MSG_TYPE_PORT_SEND_ONCE);
  EXPECT_EQ(type_of(MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_TYPE_PORT_RECEIVE);
}

TEST(TransitTest, NoRightAndADeadOneArriveAsSuch) {
  const mach_port_t to = NewPortWithSend();
  EXPECT_EQ(Give(to, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND),
            MACH_MSG_SUCCESS);
  EXPECT_EQ(TakeRight(to), mach_port_t{MACH_PORT_NULL});
  const mach_port_t dead = NewPortWithSend();
  EXPECT_EQ(DropReceive(dead), KERN_SUCCESS);
  EXPECT_EQ(Give(to, dead, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
  EXPECT_EQ(TypeOf(dead), MACH_PORT_TYPE_NONE);
  EXPECT_EQ(TakeRight(to), MACH_PORT_DEAD);
}

TEST(TransitTest, ARightWhosePortDiesOnTheWayArrivesDead) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPort();
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(TakeRight(to), MACH_PORT_DEAD);
}

TEST(TransitTest, AReceiveRightBringsItsQueueAndIsSentToMeanwhile) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Post(port, 7), MACH_MSG_SUCCESS);
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND);
  EXPECT_EQ(Post(port, 8), MACH_MSG_SUCCESS);
  EXPECT_EQ(TakeRight(to), port);
  EXPECT_EQ(NextId(port), 7);
  EXPECT_EQ(NextId(port), 8);
}

TEST(TransitTest, AMoveResetsTheCountsButNotTheRequest) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, notify), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(StatusOf(port).mps_seqno, 1u);
  EXPECT_EQ(StatusOf(port).mps_mscount, 1u);
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  EXPECT_EQ(TakeRight(to), port);
  EXPECT_EQ(StatusOf(port).mps_seqno, 0u);
  EXPECT_EQ(StatusOf(port).mps_mscount, 0u);
  EXPECT_EQ(StatusOf(port).mps_nsrequest, 1);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_NO_SENDERS);
}

TEST(TransitTest, WhatIsInADestroyedQueueIsReleased) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t receiver = NewPortWithSend();
  const mach_port_t sender = NewPort();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(receiver, MACH_NOTIFY_DEAD_NAME, notify), KERN_SUCCESS);
  EXPECT_EQ(Give(to, receiver, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  EXPECT_EQ(Give(to, sender, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
  EXPECT_EQ(Request(sender, MACH_NOTIFY_NO_SENDERS, sender), KERN_SUCCESS);
  EXPECT_EQ(NextId(sender), -1);
  EXPECT_EQ(DropReceive(to), KERN_SUCCESS);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_DEAD_NAME);
  EXPECT_EQ(TypeOf(receiver), MACH_PORT_TYPE_DEAD_NAME);
  EXPECT_EQ(NextId(sender), MACH_NOTIFY_NO_SENDERS);
}

TEST(TransitTest, ReceiveRightsNestAsDeeplyAsOneLikes) {
  constexpr int kDepth = 2000;
  const mach_port_t outer = NewPortWithSend();
  mach_port_t inner = NewPortWithSend();
  const mach_port_t innermost = inner;
  EXPECT_EQ(Post(inner, 77), MACH_MSG_SUCCESS);
  for (int i = 0; i < kDepth; ++i) {
    const mach_port_t next = NewPortWithSend();
    ASSERT_EQ(Give(next, inner, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
    inner = next;
  }
  ASSERT_EQ(Give(outer, inner, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  inner = outer;
  for (int i = 0; i <= kDepth; ++i) inner = TakeRight(inner);
  EXPECT_EQ(inner, innermost);
  EXPECT_EQ(NextId(inner), 77);
}

TEST(TransitTest, ANestOfReceiveRightsDiesWithTheOutermost) {
  constexpr int kDepth = 2000;
  mach_port_t inner = NewPortWithSend();
  const mach_port_t innermost = inner;
  for (int i = 0; i < kDepth; ++i) {
    const mach_port_t next = NewPortWithSend();
    ASSERT_EQ(Give(next, inner, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
    inner = next;
  }
  EXPECT_EQ(DropReceive(inner), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(innermost), MACH_PORT_TYPE_DEAD_NAME);
}

// The kernel destroys such a message, and says it was sent.
TEST(TransitTest, AReceiveRightSentToItselfDies) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Give(port, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_DEAD_NAME);
}

TEST(TransitTest, ACircleOfReceiveRightsOnTheirWayDies) {
  const mach_port_t a = NewPortWithSend();
  const mach_port_t b = NewPortWithSend();
  const mach_port_t c = NewPortWithSend();
  EXPECT_EQ(Give(b, a, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  EXPECT_EQ(Give(c, b, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  EXPECT_EQ(Give(a, c, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  for (const mach_port_t port : {a, b, c}) {
    EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_DEAD_NAME);
  }
}

TEST(TransitTest, ARightTheTaskHasNotIsRefused) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPort();
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_COPY_SEND), MACH_SEND_INVALID_RIGHT);
  EXPECT_EQ(Give(to, 0x777703, MACH_MSG_TYPE_COPY_SEND),
            MACH_SEND_INVALID_RIGHT);
  EXPECT_EQ(Give(to, port, 99), MACH_SEND_INVALID_RIGHT);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(NextId(to), -1);
}

// What stands before it in the message is destroyed, what stands after it is
// not touched.
TEST(TransitTest, ARefusedRightCostsThoseBeforeIt) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t before = NewPortWithSend();
  const mach_port_t after = NewPortWithSend();
  struct {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t ports[3];
  } message = {HeaderTo(to, 1, MACH_MSG_TYPE_MOVE_SEND), {3}, {}};
  message.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  const mach_port_t names[] = {before, 0x777703, after};
  for (int i = 0; i < 3; ++i) {
    message.ports[i].name = names[i];
    message.ports[i].disposition = MACH_MSG_TYPE_MOVE_SEND;
    message.ports[i].type = MACH_MSG_PORT_DESCRIPTOR;
  }
  EXPECT_EQ(mach_msg(&message.header, MACH_SEND_MSG, sizeof(message), 0,
                     MACH_PORT_NULL, 0, MACH_PORT_NULL),
            MACH_SEND_INVALID_RIGHT);
  EXPECT_EQ(TypeOf(before), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(TypeOf(to), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(TypeOf(after), MACH_PORT_TYPE_SEND_RECEIVE);
}

TEST(TransitTest, AThousandRightsGoInOneMessage) {
  constexpr int kCount = 1000;
  const mach_port_t to = NewPortWithSend();
  std::vector<std::byte> bytes(sizeof(mach_msg_base_t) +
                               kCount * sizeof(mach_msg_port_descriptor_t));
  auto* const base = reinterpret_cast<mach_msg_base_t*>(bytes.data());
  base->header = HeaderTo(to, 1);
  base->header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  base->body.msgh_descriptor_count = kCount;
  std::vector<mach_port_t> ports;
  for (int i = 0; i < kCount; ++i) {
    ports.push_back(NewPort());
    mach_msg_port_descriptor_t descriptor = {};
    descriptor.name = ports.back();
    descriptor.disposition = MACH_MSG_TYPE_MAKE_SEND;
    descriptor.type = MACH_MSG_PORT_DESCRIPTOR;
    std::memcpy(bytes.data() + sizeof(*base) + i * sizeof(descriptor),
                &descriptor, sizeof(descriptor));
  }
  EXPECT_EQ(mach_msg(&base->header, MACH_SEND_MSG,
                     static_cast<mach_msg_size_t>(bytes.size()), 0,
                     MACH_PORT_NULL, 0, MACH_PORT_NULL),
            MACH_MSG_SUCCESS);
  bytes.resize(bytes.size() + MAX_TRAILER_SIZE);
  auto* const header = reinterpret_cast<mach_msg_header_t*>(bytes.data());
  EXPECT_EQ(mach_msg(header, MACH_RCV_MSG, 0,
                     static_cast<mach_msg_size_t>(bytes.size()), to, 0,
                     MACH_PORT_NULL),
            MACH_MSG_SUCCESS);
  for (const mach_port_t port : ports) {
    EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND_RECEIVE);
  }
}

TEST(TransitTest, DescriptorsThatAreNotThereAreRefused) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPort();
  Carrier carrier = CarrierOf(to, port, MACH_MSG_TYPE_MAKE_SEND);
  const auto send = [&carrier](mach_msg_size_t count, int type) {
    carrier.body.msgh_descriptor_count = count;
    carrier.port.type = static_cast<mach_msg_descriptor_type_t>(type);
    return mach_msg(&carrier.header, MACH_SEND_MSG, sizeof(carrier), 0,
                    MACH_PORT_NULL, 0, MACH_PORT_NULL);
  };
  EXPECT_EQ(send(2, MACH_MSG_PORT_DESCRIPTOR), MACH_SEND_MSG_TOO_SMALL);
  EXPECT_EQ(send(0xffffffff, MACH_MSG_PORT_DESCRIPTOR),
            MACH_SEND_MSG_TOO_SMALL);
  EXPECT_EQ(send(1, MACH_MSG_OOL_DESCRIPTOR), MACH_SEND_MSG_TOO_SMALL);
  EXPECT_EQ(RefsOf(to, MACH_PORT_RIGHT_SEND), 1u);
  EXPECT_EQ(NextId(to), -1);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
