#ifndef IPC_CHANNEL_TRANSPORT_MACH_KERN_STATUS_H_
#define IPC_CHANNEL_TRANSPORT_MACH_KERN_STATUS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <string_view>

#include "absl/status/status.h"

namespace ipc_channel::transport::mach_backend {

// The one place where a kern_return_t or mach_msg_return_t becomes a Status of
// the table in transport/status.h. `call` names the call that failed; the
// message carries it and the system's own words. `result` must not be success.
// Thread-safe.
//
//   MACH_SEND_INVALID_DEST                                 UNAVAILABLE
//   KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE,                 RESOURCE_EXHAUSTED
//     MACH_SEND_NO_BUFFER, MACH_SEND_TOO_LARGE,
//     MACH_RCV_BODY_ERROR, MACH_RCV_HEADER_ERROR
//   KERN_PROTECTION_FAILURE, KERN_NO_ACCESS                PERMISSION_DENIED
//   all else                                               INTERNAL
absl::Status KernToStatus(kern_return_t result, std::string_view call);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_KERN_STATUS_H_
