#include <pthread.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/examples/notebook/stop_signals.h"
#include "ipc_channel/transport/errno_status.h"

namespace notebook {
namespace {

constexpr int kEndOfThread = SIGUSR1;

sigset_t StopSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

sigset_t StopSetAndEnd() {
  sigset_t set = StopSet();
  sigaddset(&set, kEndOfThread);
  return set;
}

}  // namespace

absl::StatusOr<ipc_channel::UniqueFd> StopDescriptor() {
  const sigset_t set = StopSet();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ipc_channel::UniqueFd descriptor(
      ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor.valid()) {
    return ipc_channel::transport::ErrnoToStatus(errno, "signalfd");
  }
  return descriptor;
}

StopOnSignals::StopOnSignals() {
  const sigset_t set = StopSetAndEnd();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([source = source_, set]() mutable {
    int number = 0;
    while (::sigwait(&set, &number) == 0 && number != kEndOfThread) {
      source.request_stop();
    }
  });
}

StopOnSignals::~StopOnSignals() {
  pthread_kill(thread_.native_handle(), kEndOfThread);
  thread_.join();
}

}  // namespace notebook
