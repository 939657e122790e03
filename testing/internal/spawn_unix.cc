#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/testing/internal/open_descriptors.h"
#include "ipc_channel/testing/internal/spawn.h"

#if defined(__linux__)
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#elif defined(__FreeBSD__)
#include <sys/procctl.h>
#endif

extern char** environ;

namespace ipc_channel_testing::internal {
namespace {

// What the child needs between fork() and exec(), made before: there nothing
// may allocate.
struct ExecPlan {
  const char* path;
  std::vector<char*> argv;
  std::vector<char*> environment;
  std::vector<std::pair<int, int>> descriptors;  // child's number, source
  std::vector<int> close_on_exec;
  int free_from;  // no number from here on is asked for in the child
  int error_pipe;
  pid_t parent;
};

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& s : strings) {
    pointers.push_back(const_cast<char*>(s.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

ExecPlan MakePlan(const SpawnRequest& request, int error_pipe) {
  ExecPlan plan;
  plan.path = request.path.c_str();
  plan.argv = Pointers(request.argv);
  plan.environment = Pointers(request.environment);
  plan.descriptors.assign(request.descriptors.begin(),
                          request.descriptors.end());
  for (const auto& [fd, target] : ListOpenDescriptors()) {
    if (fd > STDERR_FILENO) plan.close_on_exec.push_back(fd);
  }
  plan.free_from = STDERR_FILENO + 1;
  if (!request.descriptors.empty()) {
    plan.free_from =
        std::max(plan.free_from, request.descriptors.rbegin()->first + 1);
  }
  plan.error_pipe = error_pipe;
  plan.parent = getpid();
  return plan;
}

// First all sources move out of the way, so that a number can be both a source
// and somebody's number in the child.
bool PlaceDescriptors(ExecPlan& plan) {
  for (auto& [number, source] : plan.descriptors) {
    source = fcntl(source, F_DUPFD_CLOEXEC, plan.free_from);
    if (source < 0) return false;
  }
  for (const auto& [number, source] : plan.descriptors) {
    if (dup2(source, number) < 0) return false;
  }
  return true;
}

// `known` was listed before fork(); the system call also sees what another
// thread has opened since.
void SetCloseOnExec(const std::vector<int>& known) {
#if defined(SYS_close_range) && defined(CLOSE_RANGE_CLOEXEC)
  if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) ==
      0) {
    return;
  }
#endif
  for (const int fd : known) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
  }
}

[[noreturn]] void ReportAndExit(int error_pipe) {
  const int error = errno;
  [[maybe_unused]] ssize_t n = write(error_pipe, &error, sizeof(error));
  _exit(127);
}

[[noreturn]] void RunInChild(ExecPlan& plan) {
  DieWithParent(plan.parent);
  SetCloseOnExec(plan.close_on_exec);
  const int error_pipe =
      fcntl(plan.error_pipe, F_DUPFD_CLOEXEC, plan.free_from);
  if (error_pipe < 0) ReportAndExit(plan.error_pipe);
  if (PlaceDescriptors(plan)) {
    execve(plan.path, plan.argv.data(), plan.environment.data());
  }
  ReportAndExit(error_pipe);
}

absl::Status StatusOf(int error, const char* action) {
  const std::string message =
      std::string(action) + ": " + std::generic_category().message(error);
  switch (error) {
    case EBADF:
    case EINVAL:
      return absl::InvalidArgumentError(message);
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case E2BIG:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::InternalError(message);
  }
}

// The errno reported by the child, or 0 when exec() has closed the pipe.
int ReadError(int error_pipe) {
  int error = 0;
  ssize_t n;
  do {
    n = read(error_pipe, &error, sizeof(error));
  } while (n < 0 && errno == EINTR);
  return n == sizeof(error) ? error : 0;
}

void Reap(pid_t pid) {
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool MakeCloseOnExecPipe(int (&ends)[2]) {
#if defined(__APPLE__)
  if (pipe(ends) != 0) return false;
  return fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
         fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0;
#else
  return pipe2(ends, O_CLOEXEC) == 0;
#endif
}

absl::Status CheckDescriptors(const std::map<int, int>& descriptors) {
  for (const auto& [number, source] : descriptors) {
    if (number < 0 || fcntl(source, F_GETFD) < 0) {
      return absl::InvalidArgumentError(
          "cannot give descriptor " + std::to_string(source) +
          " to a child as " + std::to_string(number));
    }
  }
  return absl::OkStatus();
}

}  // namespace

void DieWithParent(pid_t parent) {
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#elif defined(__FreeBSD__)
  int signal = SIGKILL;
  procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &signal);
#endif
  if (getppid() != parent) _exit(127);
}

std::vector<std::string> EnvironmentWith(
    const std::map<std::string, std::string>& additions) {
  std::map<std::string, std::string> variables = additions;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) {
    environment.push_back(name + "=" + value);
  }
  return environment;
}

absl::StatusOr<pid_t> Spawn(const SpawnRequest& request) {
  absl::Status checked = CheckDescriptors(request.descriptors);
  if (!checked.ok()) return checked;
  int error_pipe[2];
  if (!MakeCloseOnExecPipe(error_pipe)) return StatusOf(errno, "pipe");
  ExecPlan plan = MakePlan(request, error_pipe[1]);
  const pid_t pid = fork();
  if (pid == 0) RunInChild(plan);
  const int fork_error = errno;
  close(error_pipe[1]);
  const int exec_error = pid < 0 ? 0 : ReadError(error_pipe[0]);
  close(error_pipe[0]);
  if (pid < 0) return StatusOf(fork_error, "fork");
  if (exec_error != 0) {
    Reap(pid);
    return StatusOf(exec_error, "exec");
  }
  return pid;
}

}  // namespace ipc_channel_testing::internal
