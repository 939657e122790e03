#ifndef IPC_CHANNEL_TESTING_SYSCALL_STEPPER_H_
#define IPC_CHANNEL_TESTING_SYSCALL_STEPPER_H_

#include "ipc_channel/platforms/cxx20.h"

// Death and failure of a process at any of its system calls (Linux):
//
//   for (int n = 0;; ++n) {
//     absl::StatusOr<ExitResult> result = StepThrough(
//         [&] {
//           ... what is not of interest
//           BeginSteps();
//           absl::Status status = sender.Send(payload);
//           EndSteps();
//           return status.ok() ? 0 : 1;
//         },
//         [&](const SyscallStop& stop) {
//           return stop.number == n ? Step::Kill() : Step::GoOn();
//         });
//     ... look at what the other processes see
//     if (result == ExitResult::Exited(0)) break;  // all places were tried
//   }

#include <array>
#include <cstdint>
#include <functional>
#include <ostream>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/testing/child_process.h"

namespace ipc_channel_testing {

// A child that was stopped where it enters or leaves a system call.
struct SyscallStop {
  int number = 0;  // of the stop, from 0: two for a call
  bool entering = false;
  long call = 0;                             // SYS_...
  std::array<std::uint64_t, 6> arguments{};  // of the call

  friend std::ostream& operator<<(std::ostream& os, const SyscallStop& stop);
};

// What is to happen to it.
class Step {
 public:
  static Step GoOn() { return Step(Kind::kGoOn, 0); }
  // By SIGKILL. What is killed on entering a call does not make it.
  static Step Kill() { return Step(Kind::kKill, 0); }
  // The call is not made but fails with `error`. On entering only; on leaving
  // it is the same as GoOn().
  static Step Fail(int error) { return Step(Kind::kFail, error); }

  bool kills() const { return kind_ == Kind::kKill; }
  bool fails() const { return kind_ == Kind::kFail; }
  int error() const { return error_; }

 private:
  enum class Kind { kGoOn, kKill, kFail };

  Step(Kind kind, int error) : kind_(kind), error_(error) {}

  Kind kind_;
  int error_;
};

// In the child: between these two it is stopped at each system call of the
// thread that calls them. May be called in turn any number of times. In a
// process that nobody steps they do nothing.
void BeginSteps();
void EndSteps();

// Runs `body` in a forked child (ChildProcess::Fork(); a child of one thread,
// or with others that are not stepped) and calls `at_stop`, in this process,
// wherever it is stopped. Gives how the child ended; it has been reaped. One
// that still runs a minute after it last called BeginSteps() is killed by
// SIGALRM, so that a hang is seen. Uses ptrace(), which needs no privilege for
// a child of one's own.
//   UNIMPLEMENTED       the system or a sandbox refuses that: skip the test
//   RESOURCE_EXHAUSTED  no process
//   INTERNAL            the child cannot be waited for or controlled
absl::StatusOr<ExitResult> StepThrough(
    const std::function<int()>& body,
    absl::FunctionRef<Step(const SyscallStop&)> at_stop);

// Whether StepThrough() works here, by a child that makes one system call.
//   UNIMPLEMENTED  the system or a sandbox refuses that: skip the test
//   others         as StepThrough(); INTERNAL also if the child was not stopped
absl::Status CanStep();

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_SYSCALL_STEPPER_H_
