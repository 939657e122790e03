#ifndef IPC_CHANNEL_TRANSPORT_MACH_RECEIVE_ONCE_H_
#define IPC_CHANNEL_TRANSPORT_MACH_RECEIVE_ONCE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <cstddef>
#include <span>

#include "absl/time/time.h"

namespace ipc_channel::transport::mach_backend {

// Receives a message at `port` into `buffer`, which is aligned for its header,
// with kAuditTrailer (kernel_notice.h); waits until `deadline`, but for no
// longer than one system call: MACH_RCV_TIMED_OUT can come before,
// MACH_RCV_INTERRUPTED at any time. One that does not fit, with its trailer, is
// destroyed by the kernel with all it has: MACH_RCV_TOO_LARGE. Thread-safe.
mach_msg_return_t ReceiveOnce(mach_port_name_t port,
                              std::span<std::byte> buffer, absl::Time deadline);

// True if the message is there, without what this process had no names or
// memory for. It is to be destroyed.
bool IsIncomplete(mach_msg_return_t result);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_RECEIVE_ONCE_H_
