#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_PROCESS_HOLD_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_PROCESS_HOLD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// What the system does for a Child (bootstrap/child.h): a child of this process
// by its number, and, if it can be, by a pidfd or, where there are none, by an
// event queue (EVFILT_PROC). Destroying it does nothing to the process.
// Move-only; thread-compatible.
class ProcessHold {
 public:
  // No process.
  ProcessHold() = default;

  // Of a child that nobody has waited for on purpose. RESOURCE_EXHAUSTED
  // without a descriptor for it.
  static absl::StatusOr<ProcessHold> OfChild(std::int64_t pid);

  // By its number only.
  explicit ProcessHold(std::int64_t pid);

  ProcessHold(ProcessHold&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        maker_(other.maker_),
        pidfd_(std::move(other.pidfd_)),
        watch_(std::move(other.watch_)),
        waitable_(other.waitable_),
        companion_(std::move(other.companion_)) {}
  ProcessHold& operator=(ProcessHold&& other) noexcept {
    pid_ = std::exchange(other.pid_, -1);
    maker_ = other.maker_;
    pidfd_ = std::move(other.pidfd_);
    watch_ = std::move(other.watch_);
    waitable_ = other.waitable_;
    companion_ = std::move(other.companion_);
    return *this;
  }

  bool valid() const { return pid_ >= 0; }

  // There is one, and it was this process that took hold of it, not the one
  // that this was forked from.
  bool IsOurs() const;

  std::int64_t pid() const { return pid_; }
  transport::BorrowedFd pidfd() const { return pidfd_.Borrow(); }

  // Readable from its end on; not valid if it is held by its number only.
  transport::BorrowedFd waitable() const;

  // Keeps `companion` for as long as the process is held, and destroys it then.
  void Accompany(std::shared_ptr<void> companion) {
    companion_ = std::move(companion);
  }

  // The following are for a process that is ours, and has not been reaped.

  // How it ended, and reaps it; empty while it runs. FAILED_PRECONDITION if the
  // system does not know it any more.
  absl::StatusOr<std::optional<ExitStatus>> TryReap();

  // Waits until it has ended or `deadline` has passed. Needs
  // waitable().
  void AwaitEnd(absl::Time deadline) const;

  // Codes as Child::Kill().
  absl::Status Signal(int signal) const;

  // Kills it by SIGKILL. False if the system does not let it be killed: its end
  // may be far then. Needs no memory.
  bool Kill() const;

  // Waits for its end, without a bound, and reaps it.
  void Reap();

 private:
  // 0, or an errno: ESRCH if the system does not know the process any more.
  int SendSignal(int signal) const;

  std::int64_t pid_ = -1;
  std::int64_t maker_ = -1;
  transport::UniqueFd pidfd_;
  // Without a pidfd: what owns the descriptor to wait for, and that.
  std::shared_ptr<const void> watch_;
  transport::BorrowedFd waitable_;
  std::shared_ptr<void> companion_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_PROCESS_HOLD_H_
