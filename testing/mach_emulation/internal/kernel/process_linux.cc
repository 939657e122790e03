#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipc_channel/testing/mach_emulation/internal/kernel/process.h"

namespace ipc_channel_testing::mach_emulation {

UniqueFd OpenProcess(pid_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

bool HasEnded(const UniqueFd& process) {
  pollfd polled = {process.get(), POLLIN, 0};
  return poll(&polled, 1, 0) == 1;
}

}  // namespace ipc_channel_testing::mach_emulation
