#ifndef IPC_CHANNEL_BOOTSTRAP_CHILD_H_
#define IPC_CHANNEL_BOOTSTRAP_CHILD_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/internal/process_hold.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// A child process that Spawn() (spawn.h) has started: who it is, and how it
// ends. Its identity is that of the spawn: the kernel's word about the sockets
// that it inherited (SO_PEERCRED) names the process that made them, which is
// this one.
//
// The child is held by a pidfd where the system has them and lets this process
// use them (Linux 5.4); on macOS by its number, with a kqueue that shows its
// end, unless it had ended before it could be watched; else by its number,
// which is safe as long as nobody else in this process waits for it.
//
// Whoever waits for any child, and not for certain ones, as wait() does,
// takes away how this one ended; SIGCHLD set to SIG_IGN makes the system forget
// it. The end is noticed all the same, and then said to be FAILED_PRECONDITION.
//
// The destructor does what the Command said (command.h), so that no zombie is
// left: it kills the child and reaps it, or waits for its end. A child that
// this process may not kill (it has become another user) is not waited for.
// Nothing happens to the child if this process ends without destructors: the
// child is told by its channels.
//
// In a forked process its copy of this object is of no use: every operation
// gives FAILED_PRECONDITION, and the destructor leaves the child alone.
//
// Without memory to say an error with, every operation gives RESOURCE_EXHAUSTED
// in its place. Nothing is lost by it.
//
// Move-only; thread-compatible.
class Child {
 public:
  // No child: every operation gives FAILED_PRECONDITION.
  Child() = default;
  // For Spawn().
  Child(internal::ProcessHold hold, ChildAtDestruction at_destruction);
  Child(Child&& other) noexcept = default;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  bool valid() const { return hold_.valid(); }

  // The process number; -1 without a child. Once the end has been told it may
  // be another process's.
  std::int64_t pid() const { return hold_.pid(); }

  // The process as a descriptor, for what the system can do with one
  // (pidfd_getfd(), setns(), handing it on as a UniqueFd). Not valid where
  // there is no pidfd. It is this object's, open while that lives.
  transport::BorrowedFd pidfd() const { return hold_.pidfd(); }

  // For loops that wait for other things too, as a receiver's
  // (transport/receiver.h): while deadline() is InfinitePast() do not wait, but
  // TryWait(); else wait for waitable() to become readable, and no longer than
  // until deadline().
  //
  // waitable() is pidfd(), or on macOS a kqueue; level-triggered, and open as
  // long. It goes on to be readable after the end. Where nothing shows the end
  // waitable() is OK and not valid (poll() passes over such a descriptor, and a
  // Reactor only waits for the deadline), and deadline() is 10 milliseconds
  // ahead. FAILED_PRECONDITION without a child. Neither of the two blocks.
  absl::StatusOr<transport::BorrowedFd> waitable() const;
  static constexpr transport::Interest interest() {
    return transport::Interest::kReadable;
  }
  // InfinitePast() once the end has been told, and without a child.
  absl::Time deadline() const;

  // How the child ended; an empty optional while it runs. Reaps it. Once it has
  // ended this gives the same result for ever. Does not block.
  //
  //   FAILED_PRECONDITION  it has ended, but somebody else took how (see
  //                        above); or there is no child
  absl::StatusOr<std::optional<ExitStatus>> TryWait();

  // The same, and waits for the end. Other codes as TryWait().
  //   DEADLINE_EXCEEDED    it still runs
  absl::StatusOr<ExitStatus> Wait() {
    return WaitUntil(absl::InfiniteFuture());
  }
  absl::StatusOr<ExitStatus> WaitFor(absl::Duration timeout) {
    return WaitUntil(absl::Now() + timeout);
  }
  absl::StatusOr<ExitStatus> WaitUntil(absl::Time deadline);

  // Sends `signal` to the child, never to a process that has its number after
  // it. Does not wait for what comes of it. OK also for a child that has ended
  // and has not been waited for yet.
  //
  //   FAILED_PRECONDITION  it has been waited for; or there is no child
  //   INVALID_ARGUMENT     no such signal
  //   PERMISSION_DENIED    the child has become another user
  absl::Status Kill(int signal);

 private:
  void EndChild();

  internal::ProcessHold hold_;
  ChildAtDestruction at_destruction_ = ChildAtDestruction::kKill;
  // Once it is known that the child has ended.
  std::optional<absl::StatusOr<ExitStatus>> end_;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_CHILD_H_
