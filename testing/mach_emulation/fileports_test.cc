#include <errno.h>
#include <fcntl.h>
#include <mach/mach.h>
#include <sys/fileport.h>
#include <unistd.h>

#include <utility>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    for (const int fd : ends) {
      if (fd >= 0) close(fd);
    }
  }
  void CloseWriter() { close(std::exchange(ends[1], -1)); }

  int ends[2];
};

TEST(FileportsTest, ADescriptorTravelsAsASendRight) {
  Pipe pipe;
  const mach_port_t to = NewPortWithSend();
  fileport_t port;
  ASSERT_EQ(fileport_makeport(pipe.ends[1], &port), 0);
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND);
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
  pipe.CloseWriter();
  const mach_port_t arrived = TakeRight(to);
  const int fd = fileport_makefd(arrived);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), arrived), KERN_SUCCESS);
  char byte = 'x';
  EXPECT_EQ(write(fd, &byte, 1), 1);
  byte = 0;
  EXPECT_EQ(read(pipe.ends[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  EXPECT_EQ(close(fd), 0);
  EXPECT_EQ(read(pipe.ends[0], &byte, 1), 0);
}

TEST(FileportsTest, TheDescriptorIsOpenUntilTheLastRightGoes) {
  Pipe pipe;
  const mach_port_t to = NewPortWithSend();
  fileport_t port;
  ASSERT_EQ(fileport_makeport(pipe.ends[1], &port), 0);
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
  pipe.CloseWriter();
  ASSERT_EQ(fcntl(pipe.ends[0], F_SETFL, O_NONBLOCK), 0);
  char byte;
  EXPECT_EQ(read(pipe.ends[0], &byte, 1), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(DropReceive(to), KERN_SUCCESS);
  EXPECT_EQ(read(pipe.ends[0], &byte, 1), 0);
}

TEST(FileportsTest, WhatIsNoDescriptorAndWhatIsNoFileportIsRefused) {
  fileport_t port;
  EXPECT_EQ(fileport_makeport(-1, &port), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(fileport_makefd(NewPortWithSend()), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(fileport_makefd(MACH_PORT_NULL), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST(FileportsTest, AFileportIsRecognizedByItsKind) {
  constexpr natural_t kFileport = 34;
  Pipe pipe;
  fileport_t port;
  ASSERT_EQ(fileport_makeport(pipe.ends[0], &port), 0);
  natural_t kind;
  ASSERT_EQ(GetKind(port, &kind), KERN_SUCCESS);
  EXPECT_EQ(kind, kFileport);
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
