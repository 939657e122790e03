#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_CHILD_STDIO_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_CHILD_STDIO_H_

#include <array>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// The standard input, output and error of a child that a Command asks for.
struct ChildStdio {
  std::array<transport::UniqueFd, 3> owned;  // what was opened for the child
  std::array<transport::BorrowedFd, 3> descriptors;  // not valid: inherited
  StdioPipes pipes;
};

// `command` owns the descriptors that were given to it, and must outlive the
// result. Thread-safe; does not block.
//   INVALID_ARGUMENT    a given descriptor is not one
//   RESOURCE_EXHAUSTED  no descriptors for pipes
absl::StatusOr<ChildStdio> OpenChildStdio(const Command& command);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_CHILD_STDIO_H_
