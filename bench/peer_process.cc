#include "ipc_channel/bench/peer_process.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/functional/function_ref.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/bench/works.h"

namespace ipc_channel_bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) / 1e6;
}

double ProcessorSeconds(const rusage& usage) {
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

double OwnProcessorSeconds() {
  rusage usage = {};
  CheckCall(::getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  return ProcessorSeconds(usage);
}

}  // namespace

PeerProcess::PeerProcess(benchmark::State& state,
                         absl::FunctionRef<void()> body)
    : state_(state),
      own_seconds_before_(OwnProcessorSeconds()),
      pid_(::fork()) {
  CheckCall(pid_ >= 0, "fork");
  if (pid_ > 0) return;
  PinThisThread(Side::kChild);
  body();
  ::_exit(0);
}

PeerProcess::~PeerProcess() {
  int status = 0;
  rusage usage = {};
  pid_t ended;
  do {
    ended = ::wait4(pid_, &status, 0, &usage);
  } while (ended < 0 && errno == EINTR);
  CheckCall(ended == pid_, "wait4");
  if (status != 0) Stop("the other process of a benchmark failed");
  ReportProcessorTime(
      ProcessorSeconds(usage) + OwnProcessorSeconds() - own_seconds_before_,
      state_);
}

}  // namespace ipc_channel_bench
