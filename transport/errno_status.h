#ifndef IPC_CHANNEL_TRANSPORT_ERRNO_STATUS_H_
#define IPC_CHANNEL_TRANSPORT_ERRNO_STATUS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string_view>

#include "absl/status/status.h"

namespace ipc_channel::transport {

// The one place where an errno becomes a Status of the table in status.h.
// `call` names the system call that failed; the message carries it and the
// system's own words. `error_number` must not be 0. Thread-safe.
//
//   EPIPE, ECONNRESET, ECONNREFUSED, ENOTCONN                UNAVAILABLE
//   EMFILE, ENFILE, ENOMEM, ENOBUFS, ETOOMANYREFS, ENOSPC,
//   EDQUOT                                                   RESOURCE_EXHAUSTED
//   EPERM, EACCES, EROFS                                     PERMISSION_DENIED
//   EFBIG, EMSGSIZE                                          OUT_OF_RANGE
//   EINVAL, EBADF, ENOTSOCK, ENOENT, ENAMETOOLONG, ELOOP...  INVALID_ARGUMENT
//   all else                                                 INTERNAL
absl::Status ErrnoToStatus(int error_number, std::string_view call);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_ERRNO_STATUS_H_
