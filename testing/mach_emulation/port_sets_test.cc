#include <mach/mach.h>
#include <mach/mach_vm.h>

#include <cstdint>
#include <set>
#include <thread>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

mach_port_t Self() { return mach_task_self(); }

std::set<mach_port_t> MembersOf(mach_port_t set) {
  mach_port_name_array_t names = nullptr;
  mach_msg_type_number_t count = 0;
  EXPECT_EQ(mach_port_get_set_status(Self(), set, &names, &count),
            KERN_SUCCESS);
  const std::set<mach_port_t> members(names, names + count);
  EXPECT_EQ(mach_vm_deallocate(Self(), reinterpret_cast<std::uintptr_t>(names),
                               count * sizeof(*names)),
            KERN_SUCCESS);
  return members;
}

TEST(PortSetsTest, AReceiveSaysWhichMemberItWas) {
  const mach_port_t set = NewSet();
  const mach_port_t a = NewPortWithSend();
  const mach_port_t b = NewPortWithSend();
  EXPECT_EQ(mach_port_insert_member(Self(), a, set), KERN_SUCCESS);
  EXPECT_EQ(mach_port_insert_member(Self(), b, set), KERN_SUCCESS);
  EXPECT_EQ(MembersOf(set), (std::set<mach_port_t>{a, b}));
  EXPECT_EQ(StatusOf(a).mps_pset, 1u);
  EXPECT_EQ(Post(b, 2), MACH_MSG_SUCCESS);
  Received received;
  ASSERT_EQ(Take(set, &received), MACH_MSG_SUCCESS);
  EXPECT_EQ(received.header.msgh_local_port, b);
  EXPECT_EQ(NextId(set), -1);
}

TEST(PortSetsTest, AFullMemberDoesNotStarveAnother) {
  const mach_port_t set = NewSet();
  const mach_port_t busy = NewPortWithSend();
  const mach_port_t quiet = NewPortWithSend();
  EXPECT_EQ(mach_port_move_member(Self(), busy, set), KERN_SUCCESS);
  EXPECT_EQ(mach_port_move_member(Self(), quiet, set), KERN_SUCCESS);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Post(busy, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(Post(quiet, 2), MACH_MSG_SUCCESS);
  const int first = NextId(set);
  const int second = NextId(set);
  EXPECT_EQ(first + second, 3);
}

TEST(PortSetsTest, MembersCanStillBeReceivedFromAlone) {
  const mach_port_t set = NewSet();
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(mach_port_insert_member(Self(), port, set), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 4), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 4);
  EXPECT_EQ(NextId(set), -1);
}

TEST(PortSetsTest, APortCanBeInSeveralSets) {
  const mach_port_t one = NewSet();
  const mach_port_t other = NewSet();
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(mach_port_insert_member(Self(), port, one), KERN_SUCCESS);
  EXPECT_EQ(mach_port_insert_member(Self(), port, other), KERN_SUCCESS);
  EXPECT_EQ(mach_port_insert_member(Self(), port, other), KERN_ALREADY_IN_SET);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(other), 1);
  EXPECT_EQ(mach_port_extract_member(Self(), port, one), KERN_SUCCESS);
  EXPECT_EQ(mach_port_extract_member(Self(), port, one), KERN_NOT_IN_SET);
  EXPECT_EQ(MembersOf(one), std::set<mach_port_t>{});
  EXPECT_EQ(MembersOf(other), std::set<mach_port_t>{port});
}

TEST(PortSetsTest, MovingLeavesAllOtherSets) {
  const mach_port_t one = NewSet();
  const mach_port_t other = NewSet();
  const mach_port_t port = NewPort();
  EXPECT_EQ(mach_port_move_member(Self(), port, MACH_PORT_NULL),
            KERN_NOT_IN_SET);
  EXPECT_EQ(mach_port_move_member(Self(), port, one), KERN_SUCCESS);
  EXPECT_EQ(mach_port_move_member(Self(), port, other), KERN_SUCCESS);
  EXPECT_EQ(MembersOf(one), std::set<mach_port_t>{});
  EXPECT_EQ(MembersOf(other), std::set<mach_port_t>{port});
  EXPECT_EQ(mach_port_move_member(Self(), port, MACH_PORT_NULL), KERN_SUCCESS);
  EXPECT_EQ(StatusOf(port).mps_pset, 0u);
}

TEST(PortSetsTest, AReceiveRightLeavesItsSetsWithItsTask) {
  const mach_port_t set = NewSet();
  const mach_port_t port = NewPortWithSend();
  const mach_port_t to = NewPortWithSend();
  EXPECT_EQ(mach_port_insert_member(Self(), port, set), KERN_SUCCESS);
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  EXPECT_EQ(MembersOf(set), std::set<mach_port_t>{});
  EXPECT_EQ(TakeRight(to), port);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(set), -1);
}

TEST(PortSetsTest, ADestroyedSetLeavesItsMembersAlive) {
  const mach_port_t set = NewSet();
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(mach_port_insert_member(Self(), port, set), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 6), MACH_MSG_SUCCESS);
  EXPECT_EQ(mach_port_mod_refs(Self(), set, MACH_PORT_RIGHT_PORT_SET, -1),
            KERN_SUCCESS);
  EXPECT_EQ(TypeOf(set), MACH_PORT_TYPE_NONE);
  EXPECT_EQ(NextId(port), 6);
}

TEST(PortSetsTest, AWaitingReceiveHearsOfAMemberThatComesLater) {
  const mach_port_t set = NewSet();
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Post(port, 8), MACH_MSG_SUCCESS);
  std::thread receiver([set] { EXPECT_EQ(NextId(set, kSoon), 8); });
  EXPECT_EQ(mach_port_insert_member(Self(), port, set), KERN_SUCCESS);
  receiver.join();
}

TEST(PortSetsTest, OnlyReceiveRightsGoIntoSetsOnly) {
  const mach_port_t set = NewSet();
  const mach_port_t port = NewPort();
  EXPECT_EQ(mach_port_insert_member(Self(), set, set), KERN_INVALID_RIGHT);
  EXPECT_EQ(mach_port_insert_member(Self(), port, port), KERN_INVALID_RIGHT);
  EXPECT_EQ(mach_port_insert_member(Self(), port, MACH_PORT_NULL),
            KERN_INVALID_RIGHT);
  EXPECT_EQ(mach_port_insert_member(Self(), 0x777703, set), KERN_INVALID_NAME);
  mach_port_name_array_t names;
  mach_msg_type_number_t count;
  EXPECT_EQ(mach_port_get_set_status(Self(), port, &names, &count),
            KERN_INVALID_RIGHT);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
