#include <signal.h>
#include <sys/signalfd.h>

#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/interruption.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

// An ignored signal that is blocked would be pending, too.
bool IsIgnored(int number) {
  struct sigaction action = {};
  CheckCall(::sigaction(number, nullptr, &action) == 0, "sigaction");
  return action.sa_handler == SIG_IGN;
}

sigset_t Interruptions() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    if (!IsIgnored(number)) ::sigaddset(&set, number);
  }
  return set;
}

}  // namespace

void HoldInterruptions() {
  const sigset_t set = Interruptions();
  CheckCall(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0,
            "pthread_sigmask");
}

ipc_channel::transport::UniqueFd NewInterruptionFd() {
  const sigset_t set = Interruptions();
  ipc_channel::transport::UniqueFd fd(
      ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  CheckCall(fd.valid(), "signalfd");
  return fd;
}

void LetInterruptionsThrough() {
  const sigset_t set = Interruptions();
  CheckCall(::pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0,
            "pthread_sigmask");
}

}  // namespace ipc_channel_bench
