#include <errno.h>
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <sys/event.h>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"
#include "ipc_channel/testing/mach_emulation/shortage.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

kern_return_t Allocate() {
  mach_port_name_t name = MACH_PORT_NULL;
  return mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &name);
}

TEST(ShortageTest, StrikesOnceAtItsCallAndSaysOfWhat) {
  {
    const Shortage shortage(Short::kOfNames, 1);
    EXPECT_EQ(Allocate(), KERN_SUCCESS);
    EXPECT_FALSE(shortage.has_struck());
    EXPECT_EQ(Allocate(), KERN_NO_SPACE);
    EXPECT_TRUE(shortage.has_struck());
    EXPECT_EQ(Allocate(), KERN_SUCCESS);
  }
  const Shortage shortage(Short::kOfMemory, 0);
  EXPECT_EQ(Allocate(), KERN_RESOURCE_SHORTAGE);
}

TEST(ShortageTest, EndsWithItsScope) {
  { const Shortage shortage(Short::kOfNames, 0); }
  EXPECT_EQ(Allocate(), KERN_SUCCESS);
}

TEST(ShortageTest, ASendHasTakenNothing) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t moved = NewPort();
  {
    const Shortage shortage(Short::kOfNames, 0);
    EXPECT_EQ(Give(port, moved, MACH_MSG_TYPE_MOVE_RECEIVE),
              MACH_SEND_NO_BUFFER);
  }
  EXPECT_EQ(TypeOf(moved), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(NextId(port), -1);
}

TEST(ShortageTest, AReceiveLosesTheRightsInTheBody) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t given = NewPort();
  ASSERT_EQ(Give(port, given, MACH_MSG_TYPE_MAKE_SEND), MACH_MSG_SUCCESS);
  ASSERT_EQ(Post(port, 9), MACH_MSG_SUCCESS);
  struct {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t right;
    mach_msg_max_trailer_t trailer;
  } message = {};
  {
    const Shortage shortage(Short::kOfNames, 0);
    EXPECT_EQ(mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), port,
                       0, MACH_PORT_NULL),
              MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE);
  }
  EXPECT_EQ(message.right.name, mach_port_t{MACH_PORT_NULL});
  EXPECT_EQ(StatusOf(given).mps_srights, 0u);
  EXPECT_EQ(NextId(port), 9);
}

TEST(ShortageTest, DescriptorsAndMemoryCanBeShortToo) {
  {
    const Shortage shortage(Short::kOfNames, 0);
    EXPECT_EQ(kqueue(), -1);
    EXPECT_EQ(errno, EMFILE);
  }
  const Shortage shortage(Short::kOfMemory, 0);
  mach_vm_address_t address = 0;
  EXPECT_EQ(
      mach_vm_allocate(mach_task_self(), &address, 100, VM_FLAGS_ANYWHERE),
      KERN_NO_SPACE);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
