#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/browser/renderer.h"
#include "ipc_channel/examples/browser/renderer_process.h"
#include "ipc_channel/transport/errno_status.h"

namespace browser {
namespace {

constexpr char kIsRenderer[] = "--renderer";

}  // namespace

absl::StatusOr<RendererProcess> RendererProcess::Start(
    const std::string& server) {
  std::string role = kIsRenderer;
  std::string name = server;
  char* arguments[] = {role.data(), role.data(), name.data(), nullptr};
  pid_t pid;
  const int error = ::posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr,
                                  arguments, environ);
  if (error != 0) {
    return ipc_channel::transport::ErrnoToStatus(error, "posix_spawn");
  }
  return RendererProcess(pid);
}

void RendererProcess::Kill() { ::kill(pid_, SIGKILL); }

std::string RendererProcess::End() {
  Kill();  // which changes nothing for one that exits already
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFSIGNALED(status)
             ? absl::StrCat("died by signal ", WTERMSIG(status))
             : absl::StrCat("exited with ", WEXITSTATUS(status));
}

void RunIfRenderer(int argc, char** argv) {
  if (argc != 3 || argv[1] != std::string_view(kIsRenderer)) return;
  _exit(RunRenderer(argv[2]));
}

}  // namespace browser
