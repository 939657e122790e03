#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_NEW_PIPE_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_NEW_PIPE_H_

#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

struct PipeEnds {
  transport::UniqueFd reading;
  transport::UniqueFd writing;
};

// Close-on-exec: from birth where the system can do that, and else right after
// it. RESOURCE_EXHAUSTED. Thread-safe.
absl::StatusOr<PipeEnds> NewPipe();

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_NEW_PIPE_H_
