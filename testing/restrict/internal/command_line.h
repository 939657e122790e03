#ifndef IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_COMMAND_LINE_H_
#define IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_COMMAND_LINE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/testing/restrict/internal/denied_call.h"

namespace ipc_channel_testing::internal {

// What restricted_run is asked for.
struct CommandLine {
  std::vector<DeniedCall> denied;
  bool unprivileged = false;
  // The program and its arguments, out of main()'s, and the null after them.
  char** program;
};

// Reads [--deny=...]... [--unprivileged] -- program [argument]...
// INVALID_ARGUMENT, with how it is used, for anything else.
absl::StatusOr<CommandLine> ParseCommandLine(int argc, char** argv);

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_COMMAND_LINE_H_
