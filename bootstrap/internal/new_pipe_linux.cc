#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/new_pipe.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

absl::StatusOr<PipeEnds> NewPipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return transport::ErrnoToStatus(errno, "pipe2");
  }
  return PipeEnds{transport::UniqueFd(ends[0]), transport::UniqueFd(ends[1])};
}

}  // namespace ipc_channel::internal
