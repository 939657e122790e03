#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/internal/syscall_registers.h"
#include "ipc_channel/testing/syscall_stepper.h"

namespace ipc_channel_testing {
namespace {

// What PTRACE_O_TRACESYSGOOD makes of the signal of a stop at a call.
constexpr int kSyscallTrap = SIGTRAP | 0x80;

constexpr unsigned kLongestLife = 60;  // seconds

// The child says so when it was refused; no body of a test gives that.
constexpr int kTracingRefused = 213;

// In a stepped child: its thread, which stops itself by a signal.
pid_t stepped_thread = 0;

absl::Status TracingError(const char* action) {
  const std::string message =
      std::string(action) + ": " + std::generic_category().message(errno);
  return errno == EPERM || errno == ENOSYS || errno == EIO
             ? absl::UnimplementedError(message)
             : absl::InternalError(message);
}

// Right where the call is made, so that few others are.
void StopThisThread() {
  if (stepped_thread == 0) return;
  ::alarm(kLongestLife);
  ::syscall(SYS_tgkill, stepped_thread, stepped_thread, SIGSTOP);
}

bool IsStopOfTheChildItself(const SyscallStop& stop) {
  return stop.call == SYS_tgkill && stop.arguments[2] == SIGSTOP;
}

int RunStepped(const std::function<int()>& body) {
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
    return kTracingRefused;
  }
  stepped_thread = ::getpid();
  StopThisThread();
  return body();
}

// The tracer's side. Every method is called while the child is stopped.
class Tracer {
 public:
  Tracer(ChildProcess& child,
         absl::FunctionRef<Step(const SyscallStop&)> at_stop)
      : child_(child), at_stop_(at_stop) {}

  absl::StatusOr<ExitResult> Run();

 private:
  // The signal that stopped the child, or nothing if it has ended.
  absl::StatusOr<std::optional<int>> AwaitStop();
  absl::Status AtSignal(int signal);
  absl::Status AtSyscall();
  absl::Status Act(const Step& step, const SyscallStop& stop);
  absl::Status Resume(int signal);

  ChildProcess& child_;
  absl::FunctionRef<Step(const SyscallStop&)> at_stop_;
  bool is_stepping_ = false;
  bool is_ending_ = false;  // the next stop is that of EndSteps()
  int stops_ = 0;
  SyscallStop last_;
  int pending_error_ = 0;  // of the call that the child is in
};

absl::StatusOr<std::optional<int>> Tracer::AwaitStop() {
  // WNOWAIT: to reap the child is left to ChildProcess.
  siginfo_t info = {};
  while (::waitid(P_PID, static_cast<id_t>(child_.pid()), &info,
                  WEXITED | WSTOPPED | WNOWAIT | __WALL) != 0) {
    if (errno != EINTR) return TracingError("waitid");
  }
  if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) {
    return std::nullopt;
  }
  return info.si_status;
}

absl::Status Tracer::Resume(int signal) {
  if (::ptrace(is_stepping_ ? PTRACE_SYSCALL : PTRACE_CONT, child_.pid(),
               nullptr, signal) != 0 &&
      errno != ESRCH) {  // killed meanwhile
    return TracingError("ptrace resume");
  }
  return absl::OkStatus();
}

absl::Status Tracer::AtSignal(int signal) {
  if (signal != SIGSTOP) return Resume(signal);
  is_stepping_ = !std::exchange(is_ending_, false);
  return Resume(0);
}

absl::Status Tracer::Act(const Step& step, const SyscallStop& stop) {
  if (step.kills()) return child_.Kill(SIGKILL);
  if (step.fails() && stop.entering) {
    if (!internal::SkipSyscall(child_.pid())) {
      return absl::UnimplementedError("calls cannot be skipped here");
    }
    pending_error_ = step.error();
  }
  return Resume(0);
}

absl::Status Tracer::AtSyscall() {
  __ptrace_syscall_info info;
  if (::ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO),
               child_.pid(), sizeof(info), &info) <= 0) {
    return TracingError("PTRACE_GET_SYSCALL_INFO");
  }
  last_.entering = info.op == PTRACE_SYSCALL_INFO_ENTRY;
  if (last_.entering) {
    last_.call = static_cast<long>(info.entry.nr);
    std::copy(std::begin(info.entry.args), std::end(info.entry.args),
              last_.arguments.begin());
    if (IsStopOfTheChildItself(last_)) {
      is_stepping_ = false;
      is_ending_ = true;
      return Resume(0);
    }
  } else if (pending_error_ != 0) {
    if (!internal::SetSyscallError(child_.pid(),
                                   std::exchange(pending_error_, 0))) {
      return TracingError("PTRACE_SETREGSET");
    }
  }
  last_.number = stops_++;
  return Act(at_stop_(last_), last_);
}

absl::StatusOr<ExitResult> Tracer::Run() {
  absl::StatusOr<std::optional<int>> signal = AwaitStop();
  if (signal.ok() && signal->has_value()) {
    if (::ptrace(PTRACE_SETOPTIONS, child_.pid(), nullptr,
                 PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) != 0) {
      return TracingError("PTRACE_SETOPTIONS");
    }
    absl::Status status = Resume(0);
    if (!status.ok()) return status;
  }
  while (true) {
    signal = AwaitStop();
    if (!signal.ok()) return signal.status();
    if (!signal->has_value()) break;
    absl::Status status =
        **signal == kSyscallTrap ? AtSyscall() : AtSignal(**signal);
    if (!status.ok()) return status;
  }
  absl::StatusOr<ExitResult> result =
      child_.Wait(absl::Now() + absl::Minutes(1));
  if (result.ok() && *result == ExitResult::Exited(kTracingRefused)) {
    return absl::UnimplementedError("ptrace is refused");
  }
  return result;
}

}  // namespace

std::ostream& operator<<(std::ostream& os, const SyscallStop& stop) {
  return os << "stop " << stop.number << ", "
            << (stop.entering ? "before" : "after") << " system call "
            << stop.call;
}

void BeginSteps() { StopThisThread(); }

void EndSteps() {
  if (stepped_thread == 0) return;
  ::syscall(SYS_tgkill, stepped_thread, stepped_thread, SIGSTOP);
}

absl::StatusOr<ExitResult> StepThrough(
    const std::function<int()>& body,
    absl::FunctionRef<Step(const SyscallStop&)> at_stop) {
  absl::StatusOr<ChildProcess> child =
      ChildProcess::Fork([&body] { return RunStepped(body); });
  if (!child.ok()) return child.status();
  return Tracer(*child, at_stop).Run();
}

absl::Status CanStep() {
  int stops = 0;
  const absl::StatusOr<ExitResult> result = StepThrough(
      [] {
        BeginSteps();
        ::syscall(SYS_getppid);
        EndSteps();
        return 0;
      },
      [&](const SyscallStop&) {
        ++stops;
        return Step::GoOn();
      });
  if (!result.ok()) return result.status();
  if (*result == ExitResult::Exited(0) && stops == 2) return absl::OkStatus();
  return absl::InternalError("a child cannot be stepped");
}

}  // namespace ipc_channel_testing
