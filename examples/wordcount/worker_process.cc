#include "ipc_channel/examples/wordcount/worker_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/transport/errno_status.h"

namespace wordcount {
namespace {

// This program even if its file has been moved or replaced.
constexpr char kSelf[] = "/proc/self/exe";

std::string Describe(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return absl::StrCat("was killed by signal ", WTERMSIG(wait_status));
  }
  return absl::StrCat("exited with ", WEXITSTATUS(wait_status));
}

}  // namespace

absl::StatusOr<WorkerProcess> WorkerProcess::Start(
    const std::vector<std::string>& arguments) {
  std::vector<std::string> strings = {"wordcount"};
  strings.insert(strings.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  pid_t pid;
  const int error =
      ::posix_spawn(&pid, kSelf, nullptr, nullptr, pointers.data(), environ);
  if (error != 0) {
    return ipc_channel::transport::ErrnoToStatus(error, "posix_spawn");
  }
  return WorkerProcess(pid);
}

WorkerProcess::~WorkerProcess() {
  Kill();
  Reap(0);
}

bool WorkerProcess::HasEnded() { return Reap(WNOHANG); }

void WorkerProcess::Kill() {
  // Before it is reaped its number cannot be somebody else's.
  if (!is_reaped_) ::kill(pid_, SIGKILL);
}

std::string WorkerProcess::WaitForEnd() {
  Reap(0);
  return Describe(wait_status_);
}

bool WorkerProcess::Reap(int options) {
  if (is_reaped_) return true;
  pid_t reaped;
  do {
    reaped = ::waitpid(pid_, &wait_status_, options);
  } while (reaped < 0 && errno == EINTR);
  is_reaped_ = reaped != 0;
  return is_reaped_;
}

}  // namespace wordcount
