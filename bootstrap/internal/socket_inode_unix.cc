#include <sys/stat.h>

#include <cstdint>
#include <optional>

#include "ipc_channel/bootstrap/internal/socket_inode.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {

std::optional<std::uint64_t> SocketInode(transport::BorrowedFd descriptor) {
  struct stat status = {};
  if (::fstat(descriptor.get(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return std::nullopt;
  }
  return status.st_ino;
}

}  // namespace ipc_channel::internal
