#include <poll.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/internal/process_hold.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/mach/kqueue.h"
#include "ipc_channel/transport/poll_timeout.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::mach_backend::Kqueue;

// True of a child of this process that has not been reaped: until that is done
// its number is no other's.
bool IsKnown(std::int64_t pid) {
  siginfo_t info;
  int result;
  do {
    info = {};
    result = ::waitid(P_PID, static_cast<id_t>(pid), &info,
                      WEXITED | WNOHANG | WNOWAIT);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

// The number of the child if it has ended, 0 if it runs, else -1 with errno.
pid_t WaitPid(std::int64_t pid, int options, int& status) {
  pid_t result;
  do {
    result = ::waitpid(static_cast<pid_t>(pid), &status, options);
  } while (result < 0 && errno == EINTR);
  return result;
}

ExitStatus StatusOf(int status) {
  if (WIFEXITED(status)) return ExitStatus::Exited(WEXITSTATUS(status));
  return WCOREDUMP(status) ? ExitStatus::Dumped(WTERMSIG(status))
                           : ExitStatus::Killed(WTERMSIG(status));
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
  absl::StatusOr<Kqueue> made = Kqueue::Create();
  if (!made.ok()) return made.status();
  auto watch = std::make_shared<const Kqueue>(*std::move(made));
  // One that has ended by now, or is about to, is held by its number: to its
  // parent it may run for a moment yet, and nothing tells when that is over.
  // Nor is it watched where SIGCHLD is ignored and its number could be
  // another's.
  if (watch->WatchProcess(static_cast<pid_t>(pid)).ok() && IsKnown(pid)) {
    hold.waitable_ = watch->descriptor();
    hold.watch_ = std::move(watch);
  }
  return hold;
}

bool ProcessHold::IsOurs() const { return valid() && maker_ == ::getpid(); }

// A forked process does not inherit the queue.
BorrowedFd ProcessHold::waitable() const {
  return IsOurs() ? waitable_ : BorrowedFd();
}

absl::StatusOr<std::optional<ExitStatus>> ProcessHold::TryReap() {
  int status = 0;
  const pid_t ended = WaitPid(pid_, WNOHANG, status);
  if (ended == 0) return std::optional<ExitStatus>();
  if (ended > 0) return std::optional<ExitStatus>(StatusOf(status));
  if (errno == ECHILD) return NotKnownError();
  return transport::ErrnoToStatus(errno, "waitpid");
}

void ProcessHold::AwaitEnd(absl::Time deadline) const {
  pollfd entry = {.fd = waitable_.get(), .events = POLLIN, .revents = 0};
  while (::poll(&entry, 1, transport::PollTimeout(deadline)) <= 0) {
    if (absl::Now() >= deadline) return;
  }
}

int ProcessHold::SendSignal(int signal) const {
  if (!IsKnown(pid_)) return ESRCH;
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
  int status = 0;
  WaitPid(pid_, /*options=*/0, status);
}

}  // namespace ipc_channel::internal
