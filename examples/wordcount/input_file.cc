#include "ipc_channel/examples/wordcount/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace wordcount {
namespace {

using ipc_channel::transport::UniqueFd;

// The code of the project's table, with the system's words alone.
absl::Status SystemError(int error) {
  const absl::Status status =
      ipc_channel::transport::ErrnoToStatus(error, "open");
  return absl::Status(status.code(), std::generic_category().message(error));
}

const char* KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode)) return "a character device";
  return "of an unknown kind";
}

absl::Status CheckKind(const struct stat& info) {
  if (S_ISREG(info.st_mode) || S_ISBLK(info.st_mode)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      std::string("is ") + KindOf(info.st_mode) +
      "; only regular files and block devices are counted");
}

}  // namespace

absl::StatusOr<InputFile> OpenInputFile(const std::string& path) {
  struct stat info = {};
  // Looked at before it is opened, since opening a device can do something to
  // it, and again after, since the path may name another file by then.
  if (::stat(path.c_str(), &info) != 0) return SystemError(errno);
  if (absl::Status good = CheckKind(info); !good.ok()) return good;
  UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) return SystemError(errno);
  if (absl::Status good = CheckKind(info); !good.ok()) return good;
  return InputFile{std::move(fd), static_cast<std::uint64_t>(info.st_size)};
}

}  // namespace wordcount
