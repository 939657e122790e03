#ifndef IPC_CHANNEL_TESTING_INTERNAL_SPAWN_H_
#define IPC_CHANNEL_TESTING_INTERNAL_SPAWN_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ipc_channel_testing::internal {

struct SpawnRequest {
  std::string path;
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // NAME=value
  std::map<int, int> descriptors;        // child's number -> parent's
};

// Starts a program and returns once it runs. Apart from `descriptors` it
// inherits 0, 1 and 2 only. It is killed when its parent dies.
absl::StatusOr<pid_t> Spawn(const SpawnRequest& request);

// In a child just forked by `parent`: arranges that it is killed when its
// parent dies, or ends at once if that has happened. Async-signal-safe.
void DieWithParent(pid_t parent);

// This process's environment with `additions` over it, as NAME=value.
std::vector<std::string> EnvironmentWith(
    const std::map<std::string, std::string>& additions);

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_INTERNAL_SPAWN_H_
