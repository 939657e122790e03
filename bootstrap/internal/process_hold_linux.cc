#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/internal/process_hold.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/wait.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::UniqueFd;

// Of Linux 5.4; not in the headers of older C libraries under this type.
constexpr auto kPidfd = static_cast<idtype_t>(3);

UniqueFd PidfdOpen(std::int64_t pid) {
  return UniqueFd(
      static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0U)));
}

// 0, or an errno; `info` says nothing of a process that still runs.
int WaitId(std::int64_t pid, BorrowedFd pidfd, int options, siginfo_t& info) {
  const idtype_t type = pidfd.valid() ? kPidfd : P_PID;
  const auto id = static_cast<id_t>(pidfd.valid() ? pidfd.get() : pid);
  int result;
  do {
    info = {};
    result = ::waitid(type, id, &info, options);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

// 0 if it is a child of this process that has not been reaped: until that is
// done its number is no other's.
int LookAt(std::int64_t pid, BorrowedFd pidfd) {
  siginfo_t info;
  return WaitId(pid, pidfd, WEXITED | WNOHANG | WNOWAIT, info);
}

ExitStatus StatusOf(const siginfo_t& info) {
  switch (info.si_code) {
    case CLD_EXITED:
      return ExitStatus::Exited(info.si_status);
    case CLD_DUMPED:
      return ExitStatus::Dumped(info.si_status);
    default:
      return ExitStatus::Killed(info.si_status);
  }
}

absl::Status NotKnownError() {
  return absl::FailedPreconditionError(
      "the child has ended, and the system does not tell how any more: SIGCHLD "
      "is ignored, or somebody else has waited for it");
}

}  // namespace

ProcessHold::ProcessHold(std::int64_t pid) : pid_(pid), maker_(::getpid()) {}

absl::StatusOr<ProcessHold> ProcessHold::OfChild(std::int64_t pid) {
  ProcessHold hold(pid);
  UniqueFd pidfd = PidfdOpen(pid);
  if (!pidfd.valid()) {
    switch (errno) {
      case EMFILE:
      case ENFILE:
      case ENOMEM:
        return transport::ErrnoToStatus(errno, "pidfd_open");
      default:  // there is no such call, or it is forbidden, or no child left
        return hold;
    }
  }
  // Where SIGCHLD is ignored the number could be another process's by now; and
  // Linux 5.3 has pidfds that cannot be waited for.
  if (LookAt(pid, pidfd.Borrow()) == 0) hold.pidfd_ = std::move(pidfd);
  return hold;
}

bool ProcessHold::IsOurs() const { return valid() && maker_ == ::getpid(); }

BorrowedFd ProcessHold::waitable() const { return pidfd(); }

absl::StatusOr<std::optional<ExitStatus>> ProcessHold::TryReap() {
  siginfo_t info;
  const int error = WaitId(pid_, pidfd(), WEXITED | WNOHANG, info);
  if (error == ECHILD) return NotKnownError();
  if (error != 0) return transport::ErrnoToStatus(error, "waitid");
  if (info.si_pid == 0) return std::optional<ExitStatus>();
  return std::optional<ExitStatus>(StatusOf(info));
}

void ProcessHold::AwaitEnd(absl::Time deadline) const {
  transport::unix_backend::WaitFor(pidfd(), POLLIN, deadline);
}

int ProcessHold::SendSignal(int signal) const {
  if (pidfd_.valid()) {
    if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0U) ==
        0) {
      return 0;
    }
    if (errno == ESRCH || errno == EINVAL) return errno;
  }
  // What a sandbox says may be any errno, and not the kernel's: kill() tells.
  if (LookAt(pid_, pidfd()) != 0) return ESRCH;
  return ::kill(static_cast<pid_t>(pid_), signal) == 0 ? 0 : errno;
}

absl::Status ProcessHold::Signal(int signal) const {
  const int error = SendSignal(signal);
  if (error == 0) return absl::OkStatus();
  if (error == ESRCH) return NotKnownError();
  return transport::ErrnoToStatus(error, "kill");
}

bool ProcessHold::Kill() const {
  const int error = SendSignal(SIGKILL);
  return error == 0 || error == ESRCH;
}

void ProcessHold::Reap() {
  siginfo_t info;
  WaitId(pid_, pidfd(), WEXITED, info);
}

}  // namespace ipc_channel::internal
