#include <mach/mach.h>
#include <mach/notify.h>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

mach_port_t Self() { return mach_task_self(); }

TEST(RightsTest, SendAndReceiveRightsShareOneName) {
  const mach_port_t port = NewPort();
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_RECEIVE);
  AddSend(port);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND_RECEIVE);
  mach_port_t right;
  mach_msg_type_name_t type;
  ASSERT_EQ(mach_port_extract_right(Self(), port, MACH_MSG_TYPE_MAKE_SEND,
                                    &right, &type),
            KERN_SUCCESS);
  EXPECT_EQ(right, port);
  EXPECT_EQ(type, mach_msg_type_name_t{MACH_MSG_TYPE_PORT_SEND});
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 2u);
}

TEST(RightsTest, ReferencesAreCountedAndTheLastOneTakesTheRight) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(mach_port_mod_refs(Self(), port, MACH_PORT_RIGHT_SEND, 2),
            KERN_SUCCESS);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 3u);
  EXPECT_EQ(mach_port_mod_refs(Self(), port, MACH_PORT_RIGHT_SEND, -4),
            KERN_INVALID_VALUE);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(mach_port_mod_refs(Self(), port, MACH_PORT_RIGHT_SEND, -2),
            KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(DropSend(port), KERN_INVALID_RIGHT);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 0u);
}

TEST(RightsTest, ReferencesStopAtTheirLimit) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(mach_port_mod_refs(Self(), port, MACH_PORT_RIGHT_SEND, 0xffff),
            KERN_SUCCESS);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 0xffffu);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 0xffffu);
  EXPECT_EQ(mach_port_mod_refs(Self(), port, MACH_PORT_RIGHT_SEND, -0xffff),
            KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_RECEIVE);
}

TEST(RightsTest, WithoutItsReceiveRightANameIsDead) {
  const mach_port_t port = NewPortWithSend();
  AddSend(port);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_DEAD_NAME);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_DEAD_NAME), 2u);
  EXPECT_EQ(Post(port, 1), MACH_SEND_INVALID_DEST);
  EXPECT_EQ(mach_port_mod_refs(Self(), port, MACH_PORT_RIGHT_SEND, -1),
            KERN_INVALID_RIGHT);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(DropSend(port), KERN_INVALID_NAME);
}

TEST(RightsTest, AFreedNameComesBackWithAnotherGeneration) {
  const mach_port_t first = NewPort();
  EXPECT_EQ(DropReceive(first), KERN_SUCCESS);
  const mach_port_t second = NewPort();
  EXPECT_NE(second, first);
  EXPECT_EQ(TypeOf(first), MACH_PORT_TYPE_NONE);
}

TEST(RightsTest, ASendOnceRightHasANameOfItsOwnAndIsUsedOnce) {
  const mach_port_t port = NewPortWithSend();
  mach_port_t right;
  mach_msg_type_name_t type;
  ASSERT_EQ(mach_port_extract_right(Self(), port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
                                    &right, &type),
            KERN_SUCCESS);
  EXPECT_NE(right, port);
  EXPECT_EQ(TypeOf(right), MACH_PORT_TYPE_SEND_ONCE);
  EXPECT_EQ(StatusOf(port).mps_sorights, 1u);
  EXPECT_EQ(Post(right, 7, MACH_MSG_TYPE_MOVE_SEND_ONCE), MACH_MSG_SUCCESS);
  EXPECT_EQ(TypeOf(right), MACH_PORT_TYPE_NONE);
  EXPECT_EQ(NextId(port), 7);
  EXPECT_EQ(StatusOf(port).mps_sorights, 0u);
}

TEST(RightsTest, ARightCanBeInsertedUnderAFreeNameOnly) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t other = NewPort();
  // The task knows the right by another name already.
  EXPECT_EQ(
      mach_port_insert_right(Self(), other, port, MACH_MSG_TYPE_COPY_SEND),
      KERN_RIGHT_EXISTS);
  EXPECT_EQ(
      mach_port_insert_right(Self(), other, port, MACH_MSG_TYPE_MAKE_SEND_ONCE),
      KERN_NAME_EXISTS);
  EXPECT_EQ(mach_port_insert_right(Self(), port, MACH_PORT_NULL,
                                   MACH_MSG_TYPE_COPY_SEND),
            KERN_INVALID_CAPABILITY);
  EXPECT_EQ(mach_port_insert_right(Self(), 0x777703, port,
                                   MACH_MSG_TYPE_MAKE_SEND_ONCE),
            KERN_SUCCESS);
  EXPECT_EQ(TypeOf(0x777703), MACH_PORT_TYPE_SEND_ONCE);
  EXPECT_EQ(mach_port_deallocate(Self(), 0x777703), KERN_SUCCESS);
}

TEST(RightsTest, WhatIsNoNameIsRefused) {
  EXPECT_EQ(mach_port_deallocate(Self(), 0x777703), KERN_INVALID_NAME);
  EXPECT_EQ(mach_port_destroy(Self(), 0x777703), KERN_INVALID_NAME);
  EXPECT_EQ(mach_port_deallocate(Self(), MACH_PORT_NULL), KERN_SUCCESS);
  EXPECT_EQ(mach_port_deallocate(Self(), MACH_PORT_DEAD), KERN_SUCCESS);
  mach_port_type_t type;
  EXPECT_EQ(mach_port_type(Self(), MACH_PORT_NULL, &type), KERN_INVALID_NAME);
  EXPECT_EQ(mach_port_type(Self(), MACH_PORT_DEAD, &type), KERN_SUCCESS);
  EXPECT_EQ(type, MACH_PORT_TYPE_DEAD_NAME);
  mach_port_t port;
  EXPECT_EQ(mach_port_allocate(Self(), MACH_PORT_RIGHT_SEND, &port),
            KERN_INVALID_VALUE);
  EXPECT_EQ(mach_port_allocate(MACH_PORT_NULL, MACH_PORT_RIGHT_RECEIVE, &port),
            KERN_INVALID_TASK);
}

TEST(RightsTest, DestroyingANameReleasesAllThatItHas) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, notify), KERN_SUCCESS);
  EXPECT_EQ(mach_port_destroy(Self(), port), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_NONE);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_NO_SENDERS);
}

TEST(RightsTest, AConstructedPortHasWhatItsOptionsSay) {
  mach_port_options_t options = {};
  options.flags = MPO_QLIMIT | MPO_INSERT_SEND_RIGHT;
  options.mpl.mpl_qlimit = 16;
  mach_port_t port;
  ASSERT_EQ(mach_port_construct(Self(), &options, 0, &port), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND_RECEIVE);
  EXPECT_EQ(StatusOf(port).mps_qlimit, 16u);
  EXPECT_EQ(StatusOf(port).mps_mscount, 1u);
  EXPECT_EQ(mach_port_destruct(Self(), port, -2, 0), KERN_INVALID_VALUE);
  EXPECT_EQ(mach_port_destruct(Self(), port, -1, 0), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_NONE);
  options.mpl.mpl_qlimit = MACH_PORT_QLIMIT_MAX + 1;
  EXPECT_EQ(mach_port_construct(Self(), &options, 0, &port),
            KERN_INVALID_VALUE);
}

TEST(RightsTest, DestructLeavesTheSendRightsItIsNotTold) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(mach_port_destruct(Self(), port, 0, 0), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_DEAD_NAME);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  const mach_port_t bare = NewPort();
  EXPECT_EQ(mach_port_destruct(Self(), bare, -1, 0), KERN_INVALID_RIGHT);
}

mach_port_type_t TypeAmongNames(mach_port_t name) {
  mach_port_name_array_t names = nullptr;
  mach_port_type_array_t types = nullptr;
  mach_msg_type_number_t count = 0;
  mach_msg_type_number_t types_count = 0;
  EXPECT_EQ(mach_port_names(Self(), &names, &count, &types, &types_count),
            KERN_SUCCESS);
  EXPECT_EQ(count, types_count);
  mach_port_type_t found = MACH_PORT_TYPE_NONE;
  for (mach_msg_type_number_t i = 0; i < count; ++i) {
    if (names[i] == name) found = types[i];
  }
  vm_deallocate(Self(), reinterpret_cast<vm_address_t>(names),
                count * sizeof(*names));
  vm_deallocate(Self(), reinterpret_cast<vm_address_t>(types),
                count * sizeof(*types));
  return found;
}

TEST(RightsTest, ATaskCanListItsNames) {
  const mach_port_t port = NewPort();
  EXPECT_EQ(TypeAmongNames(port), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(TypeAmongNames(Self()) & MACH_PORT_TYPE_SEND, MACH_PORT_TYPE_SEND);
  EXPECT_EQ(mach_port_insert_right(Self(), port, port, MACH_MSG_TYPE_MAKE_SEND),
            KERN_SUCCESS);
  EXPECT_EQ(TypeAmongNames(port), MACH_PORT_TYPE_SEND_RECEIVE);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(TypeAmongNames(port), MACH_PORT_TYPE_DEAD_NAME);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(TypeAmongNames(port), MACH_PORT_TYPE_NONE);
}

TEST(RightsTest, TheTaskHasARightToItself) {
  EXPECT_TRUE((TypeOf(Self()) & MACH_PORT_TYPE_SEND) != 0);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
