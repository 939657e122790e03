#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/decoder/open_file.h"
#include "ipc_channel/transport/errno_status.h"

namespace decoder {
namespace {

absl::Status SystemError() {
  const int error = errno;
  return absl::Status(ipc_channel::transport::ErrnoToStatus(error, "").code(),
                      std::strerror(error));
}

}  // namespace

absl::StatusOr<ipc_channel::UniqueFd> OpenFile(const std::string& path) {
  ipc_channel::UniqueFd file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat info = {};
  if (!file.valid() || ::fstat(file.get(), &info) != 0) return SystemError();
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError("is no regular file");
  }
  return file;
}

}  // namespace decoder
