#include "ipc_channel/transport/errno_status.h"

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"

namespace ipc_channel::transport {
namespace {

absl::StatusCode CodeFor(int error_number) {
  switch (error_number) {
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
    case ENOTCONN:
      return absl::StatusCode::kUnavailable;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case ENOSPC:
    case ETOOMANYREFS:
    case EDQUOT:
      return absl::StatusCode::kResourceExhausted;
    case EPERM:
    case EACCES:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case EFBIG:
    case EMSGSIZE:
      return absl::StatusCode::kOutOfRange;
    case EBADF:
    case EINVAL:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENODEV:
    case ENOENT:
    case ENOTDIR:
    case ENOTSOCK:
    case EPROTOTYPE:
    case ESPIPE:
      return absl::StatusCode::kInvalidArgument;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status ErrnoToStatus(int error_number, std::string_view call) {
  // Not strerror(): it may share its buffer between threads.
  const std::string message =
      std::string(call) + ": " + std::generic_category().message(error_number);
  return absl::Status(CodeFor(error_number), message);
}

}  // namespace ipc_channel::transport
