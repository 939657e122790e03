#include "ipc_channel/transport/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/errno_status.h"

namespace ipc_channel::transport {

void UniqueFd::Reset(int fd) {
  if (fd_ >= 0) {
    const int saved_errno = errno;
    ::close(fd_);
    errno = saved_errno;
  }
  fd_ = fd < 0 ? -1 : fd;
}

absl::StatusOr<UniqueFd> UniqueFd::Duplicate() const {
  if (!valid()) return absl::FailedPreconditionError("no descriptor is owned");
  UniqueFd copy(::fcntl(fd_, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return ErrnoToStatus(errno, "fcntl(F_DUPFD_CLOEXEC)");
  return copy;
}

}  // namespace ipc_channel::transport
