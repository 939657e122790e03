#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_LAUNCH_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_LAUNCH_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/internal/spawn_request.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// What a child starts with besides what its Command says of itself.
struct LaunchPlan {
  // As its 0, 1 and 2; where it is not valid, this process's.
  std::array<transport::BorrowedFd, kFirstInherited> standard;
  // As its kFirstInherited and so on, kMaxInherited at most.
  std::vector<transport::BorrowedFd> inherited;
  // Where channels are ports, a send right that it gets a copy of
  // (inherited_port.h); else 0.
  std::uint32_t port = 0;
  // Put into its environment, whatever stands there under that name.
  std::string variable;
  std::string value;
};

// INVALID_ARGUMENT if no process can be started by such a command: a program
// without a name, a '\0' anywhere, a variable whose name is empty or has a '='.
absl::Status CheckCommand(const Command& command);

// Starts the program of a command that has been checked, and gives its process
// number once it runs. Every other descriptor is closed in the child. Codes as
// Spawn(). Thread-safe, as far as nobody changes the environment.
absl::StatusOr<std::int64_t> Launch(const Command& command,
                                    const LaunchPlan& plan);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_LAUNCH_H_
