#ifndef IPC_CHANNEL_BOOTSTRAP_SPAWN_TESTING_H_
#define IPC_CHANNEL_BOOTSTRAP_SPAWN_TESTING_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/wait.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/soon.h"

namespace ipc_channel {

// What the tests of Spawn() have in common.

using ::ipc_channel_testing::Soon;

// Runs an entry point of the test itself (testing/child_process.h).
inline Command ChildMain(std::string_view name,
                         const std::vector<std::string>& args = {}) {
  std::vector<std::string> line =
      ipc_channel_testing::ChildCommandLine(name, args);
  return {.program = line.front(), .arguments = {line.begin() + 1, line.end()}};
}

// This process has no child, not even one that has ended.
inline bool HasNoChild() {
  return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) != 0 &&
         errno == ECHILD;
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_SPAWN_TESTING_H_
