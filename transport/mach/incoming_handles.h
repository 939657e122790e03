#ifndef IPC_CHANNEL_TRANSPORT_MACH_INCOMING_HANDLES_H_
#define IPC_CHANNEL_TRANSPORT_MACH_INCOMING_HANDLES_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/status.h"
#include "ipc_channel/transport/mach/incoming_message.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::transport::mach_backend {

// Makes handles of `message` out of the rights of `incoming`, one for each
// record, in the order of message_layout.h. A right of another kind than its
// record says is DATA_LOSS, as is one that is left over, or missing; what has
// been made stays in `message`, for the caller to clear. RESOURCE_EXHAUSTED
// without descriptors or memory.
absl::Status UnpackHandles(IncomingMessage& incoming, Message& message);

// Makes the payload that came out of line that of `message`: in place if its
// pages are memory alone (vm_region.h), else a copy, which the kernel makes,
// since touching them could kill this process.
absl::Status UnpackOutOfLine(IncomingMessage& incoming, Message& message);

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_INCOMING_HANDLES_H_
