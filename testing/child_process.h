#ifndef IPC_CHANNEL_TESTING_CHILD_PROCESS_H_
#define IPC_CHANNEL_TESTING_CHILD_PROCESS_H_

#include "ipc_channel/platforms/cxx20.h"

// Real child processes for tests.
//
//   IPC_CHANNEL_CHILD_MAIN(Echo) {
//     return args.size() == 1 ? 0 : 1;
//   }
//
//   TEST(EchoTest, Works) {
//     ASSERT_OK_AND_ASSIGN(ChildProcess child,
//                          ChildProcess::Exec("Echo", {"hello"}));
//     EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
//                 IsOkAndHolds(ExitResult::Exited(0)));
//   }
//
// The test links //testing:child_main in place of gtest_main; a test with a
// main() of its own calls RunChildMain() first thing there.

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/internal/child_registry.h"

namespace ipc_channel_testing {

// How a process ended: by itself with a code from 0 to 255, or by a signal.
class ExitResult {
 public:
  static ExitResult Exited(int code) { return ExitResult(false, code); }
  static ExitResult Killed(int signal) { return ExitResult(true, signal); }

  std::optional<int> exit_code() const {
    return killed_ ? std::nullopt : std::optional<int>(number_);
  }
  std::optional<int> signal() const {
    return killed_ ? std::optional<int>(number_) : std::nullopt;
  }

  friend bool operator==(const ExitResult&, const ExitResult&) = default;
  friend std::ostream& operator<<(std::ostream& os, const ExitResult& result) {
    return os << (result.killed_ ? "killed by signal " : "exited with code ")
              << result.number_;
  }

 private:
  ExitResult(bool killed, int number) : killed_(killed), number_(number) {}

  bool killed_;
  int number_;
};

struct ExecOptions {
  // Number in the child -> the parent's descriptor, which stays the parent's.
  // The child has these and, unless they are named here, the parent's 0, 1 and
  // 2. Nothing else is inherited, close-on-exec or not.
  std::map<int, int> descriptors;

  // Set in the child in addition to the parent's environment, or over it.
  std::map<std::string, std::string> environment;
};

// A child of this process, not yet waited for or already. Move-only,
// thread-compatible; one process may start children in several threads.
//
// A child does not outlive its parent: the destructor kills it, and where the
// system can (Linux, FreeBSD) it is killed when its parent dies in whatever
// way. On Linux the death of the thread that started the child counts as that.
class ChildProcess {
 public:
  // Runs this executable again, so that only the entry point `name` runs there.
  // Returns when the new program has been started.
  //   NOT_FOUND            no IPC_CHANNEL_CHILD_MAIN(name) in this executable
  //   FAILED_PRECONDITION  main() did not call RunChildMain()
  //   INVALID_ARGUMENT     a negative or closed descriptor in `options`
  //   RESOURCE_EXHAUSTED   the system's limits
  //   INTERNAL             the executable cannot be started any more
  static absl::StatusOr<ChildProcess> Exec(
      std::string_view name, const std::vector<std::string>& args = {},
      const ExecOptions& options = {});

  // Runs `body` in a forked child, which inherits every descriptor and ends
  // with _exit(body()). Only the calling thread exists there: what other
  // threads had locked stays locked. Not for tests that run under
  // ThreadSanitizer.
  static absl::StatusOr<ChildProcess> Fork(const std::function<int()>& body);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  // Kills the child with SIGKILL if it still runs, and reaps it.
  ~ChildProcess();

  // The process id, valid as such until Wait() has given a result. -1 when
  // moved from.
  pid_t pid() const { return pid_; }

  // Waits until the child has ended or `deadline` has passed. Looks a few
  // hundred times a second and opens no descriptor. Once the child has ended,
  // always gives the same result at once.
  //   DEADLINE_EXCEEDED    the child still runs
  //   FAILED_PRECONDITION  moved from
  //   INTERNAL             somebody else has waited for it (SIGCHLD ignored?)
  absl::StatusOr<ExitResult> Wait(absl::Time deadline);

  // Sends `signal`. Does not wait for its effect.
  //   FAILED_PRECONDITION  moved from, or Wait() has given a result
  //   INVALID_ARGUMENT     no such signal
  absl::Status Kill(int signal);

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  absl::StatusOr<bool> TryReap();
  void KillAndReap();

  pid_t pid_;
  std::optional<ExitResult> result_;
};

// The program and its arguments by which others than Exec() run the entry point
// `name` of this executable: for tests of what starts processes itself.
std::vector<std::string> ChildCommandLine(
    std::string_view name, const std::vector<std::string>& args = {});

// If this process was started by ChildProcess::Exec(), runs the entry point
// asked for and gives the code that main() is to return; otherwise empty.
inline std::optional<int> RunChildMain(int argc, char** argv) {
  return internal::DispatchChildMain(argc, argv);
}

}  // namespace ipc_channel_testing

// Defines an entry point for ChildProcess::Exec(), at namespace scope; the
// block that follows has `args` (const std::vector<std::string>&) and returns
// the exit code. Names are unique in one executable.
#define IPC_CHANNEL_CHILD_MAIN(name)                                           \
  static int IpcChannelChildMain_##name(const std::vector<std::string>& args); \
  [[maybe_unused]] static const bool ipc_channel_child_main_##name =           \
      ::ipc_channel_testing::internal::RegisterChildMain(                      \
          #name, &IpcChannelChildMain_##name);                                 \
  static int IpcChannelChildMain_##name(                                       \
      [[maybe_unused]] const std::vector<std::string>& args)

#endif  // IPC_CHANNEL_TESTING_CHILD_PROCESS_H_
