#include <errno.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/internal/child_registry.h"
#include "ipc_channel/testing/internal/executable.h"
#include "ipc_channel/testing/internal/spawn.h"

namespace ipc_channel_testing {
namespace {

constexpr absl::Duration kShortestPause = absl::Microseconds(200);
constexpr absl::Duration kLongestPause = absl::Milliseconds(5);

ExitResult FromWaitStatus(int status) {
  return WIFSIGNALED(status) ? ExitResult::Killed(WTERMSIG(status))
                             : ExitResult::Exited(WEXITSTATUS(status));
}

absl::Status ErrnoError(absl::StatusCode code, std::string_view action) {
  return absl::Status(code, std::string(action) + ": " +
                                std::generic_category().message(errno));
}

}  // namespace

std::vector<std::string> ChildCommandLine(
    std::string_view name, const std::vector<std::string>& args) {
  std::vector<std::string> line = {internal::ThisExecutable(),
                                   internal::ChildMarker(name)};
  line.insert(line.end(), args.begin(), args.end());
  return line;
}

absl::StatusOr<ChildProcess> ChildProcess::Exec(
    std::string_view name, const std::vector<std::string>& args,
    const ExecOptions& options) {
  if (!internal::HasChildMain(name)) {
    return absl::NotFoundError("no IPC_CHANNEL_CHILD_MAIN(" +
                               std::string(name) + ") in this program");
  }
  if (!internal::MainDispatchesChildren()) {
    return absl::FailedPreconditionError(
        "main() does not call RunChildMain(): link //testing:child_main");
  }
  internal::SpawnRequest request;
  request.path = internal::ThisExecutable();
  request.argv = ChildCommandLine(name, args);
  request.environment = internal::EnvironmentWith(options.environment);
  request.descriptors = options.descriptors;
  absl::StatusOr<pid_t> pid = internal::Spawn(request);
  if (!pid.ok()) return pid.status();
  return ChildProcess(*pid);
}

absl::StatusOr<ChildProcess> ChildProcess::Fork(
    const std::function<int()>& body) {
  std::fflush(nullptr);  // else the child would write it a second time
  const pid_t parent = getpid();
  std::unique_lock<std::mutex> lock(internal::ForkMutex());
  const pid_t pid = fork();
  lock.unlock();  // in both processes
  if (pid < 0) {
    return ErrnoError(absl::StatusCode::kResourceExhausted, "fork");
  }
  if (pid == 0) {
    internal::DieWithParent(parent);
    const int code = body();
    std::fflush(nullptr);
    _exit(code);
  }
  return ChildProcess(pid);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), result_(other.result_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    KillAndReap();
    pid_ = std::exchange(other.pid_, -1);
    result_ = other.result_;
  }
  return *this;
}

ChildProcess::~ChildProcess() { KillAndReap(); }

absl::StatusOr<ExitResult> ChildProcess::Wait(absl::Time deadline) {
  if (pid_ < 0) return absl::FailedPreconditionError("moved-from ChildProcess");
  absl::Duration pause = kShortestPause;
  while (true) {
    absl::StatusOr<bool> ended = TryReap();
    if (!ended.ok()) return ended.status();
    if (*ended) return *result_;
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError("process " + std::to_string(pid_) +
                                         " still runs");
    }
    absl::SleepFor(std::min(pause, left));
    pause = std::min(pause * 2, kLongestPause);
  }
}

absl::Status ChildProcess::Kill(int signal) {
  if (pid_ < 0) return absl::FailedPreconditionError("moved-from ChildProcess");
  if (result_.has_value()) {
    return absl::FailedPreconditionError("the process has been waited for");
  }
  if (kill(pid_, signal) != 0) {
    return ErrnoError(absl::StatusCode::kInvalidArgument, "kill");
  }
  return absl::OkStatus();
}

// Whether the child has ended; if so, result_ says how.
absl::StatusOr<bool> ChildProcess::TryReap() {
  if (result_.has_value()) return true;
  int status = 0;
  const pid_t reaped = waitpid(pid_, &status, WNOHANG);
  if (reaped < 0 && errno != EINTR) {
    return ErrnoError(absl::StatusCode::kInternal, "waitpid");
  }
  if (reaped != pid_) return false;
  result_ = FromWaitStatus(status);
  return true;
}

void ChildProcess::KillAndReap() {
  if (pid_ < 0 || result_.has_value()) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace ipc_channel_testing
