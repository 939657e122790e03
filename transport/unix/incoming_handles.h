#ifndef IPC_CHANNEL_TRANSPORT_UNIX_INCOMING_HANDLES_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_INCOMING_HANDLES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/packet.h"

namespace ipc_channel::transport::unix_backend {

// Where a packet lies in the buffer of the message that it becomes: so that a
// payload without handles before it begins at a cache line.
inline constexpr std::size_t kPacketAt =
    Message::kBufferAlignment - kPacketHeaderBytes;

// Turns a checked packet and its descriptors, as many as are due, into the
// content of `message`, in whose buffer it lies. DATA_LOSS for a
// descriptor that is not what its entry says, RESOURCE_EXHAUSTED without memory
// or address space, or without descriptors to empty a carrier; descriptors that
// are left over then close with their owner.
// Thread-safe; does not block.
absl::Status UnpackMessage(const DecodedPacket& packet,
                           std::span<UniqueFd> descriptors, Message& message);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_INCOMING_HANDLES_H_
