// <sys/fileport.h>.

#include <errno.h>
#include <fcntl.h>
#include <sys/fileport.h>

#include <span>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

using ipc_channel_testing::mach_emulation::CallKernel;
using ipc_channel_testing::mach_emulation::CallResult;
using ipc_channel_testing::mach_emulation::Op;

int fileport_makeport(int fd, fileport_t* port) {
  if (fcntl(fd, F_GETFD) < 0) return -1;
  const CallResult call =
      CallKernel(Op::kMakeFileport, {}, {.fds = std::span(&fd, 1)});
  if (call.result() != 0) {
    errno = call.result();
    return -1;
  }
  *port = call.number(0);
  return 0;
}

int fileport_makefd(fileport_t port) {
  CallResult call = CallKernel(Op::kMakeFd, {port});
  if (call.result() != 0) {
    errno = call.result();
    return -1;
  }
  return call.content.fds.at(0).Release();
}
