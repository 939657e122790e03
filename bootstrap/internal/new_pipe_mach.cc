#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/new_pipe.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

// There is no pipe2(). A fork() of another thread in between gives that child a
// copy that it does not know of; children of Spawn() do not get it.
absl::StatusOr<PipeEnds> NewPipe() {
  int ends[2];
  if (::pipe(ends) != 0) return transport::ErrnoToStatus(errno, "pipe");
  PipeEnds made{transport::UniqueFd(ends[0]), transport::UniqueFd(ends[1])};
  if (::fcntl(made.reading.get(), F_SETFD, FD_CLOEXEC) != 0 ||
      ::fcntl(made.writing.get(), F_SETFD, FD_CLOEXEC) != 0) {
    return transport::ErrnoToStatus(errno, "fcntl(F_SETFD)");
  }
  return made;
}

}  // namespace ipc_channel::internal
