#include "ipc_channel/bench/peers/await_end.h"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

#include "ipc_channel/bench/check.h"

namespace ipc_channel_bench {

std::optional<int> AwaitEnd(pid_t child,
                            std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    // Before the look: who ends between the two is seen.
    const bool is_late = std::chrono::steady_clock::now() >= deadline;
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    CheckCall(ended >= 0, "waitpid");
    if (ended == child) return status;
    if (is_late) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void KillChild(pid_t child) {
  ::kill(child, SIGKILL);
  int status = 0;
  pid_t ended;
  do {
    ended = ::waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  CheckCall(ended == child, "waitpid");
}

}  // namespace ipc_channel_bench
