#ifndef IPC_CHANNEL_TRANSPORT_LIMITS_H_
#define IPC_CHANNEL_TRANSPORT_LIMITS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

namespace ipc_channel::transport {

// The largest payload of a message, in bytes, where nobody sets another limit
// (channel_options.h): 1 GiB. A send over it gives OUT_OF_RANGE; a peer that
// claims more is malformed.
inline constexpr std::size_t kDefaultMaxMessageBytes = std::size_t{1} << 30;

// The most handles a message carries. Between processes each takes a descriptor
// of the receiver's, who may be allowed fewer (RLIMIT_NOFILE is often 1024).
inline constexpr std::size_t kMaxMessageHandles = 1024;

// The largest message that passes an end of a channel. A value type;
// thread-compatible.
struct MessageLimits {
  std::size_t bytes = kDefaultMaxMessageBytes;  // of payload
  std::size_t handles = kMaxMessageHandles;     // and no more than that
};

// The largest block of MutableMemory, in bytes: 1 GiB. Making a larger one
// gives OUT_OF_RANGE; a peer that claims more is malformed. There is a limit
// because a receiver cannot tell what a holder keeps of it in memory.
inline constexpr std::size_t kMaxMutableMemoryBytes = std::size_t{1} << 30;

// Payloads up to this size, in bytes, travel inside the packet and are copied
// into the receiver's buffer; larger ones travel as sealed memory, one object a
// message, and are read where they are mapped (or, where a system or a sandbox
// has no memfd_create, in the queues of sockets, copied twice). 68 KiB: 64 KiB
// of somebody's data still fit with what a serializer puts around them.
inline constexpr std::size_t kMaxInlineBytes = std::size_t{68} << 10;

// How many messages an in-process channel queues before a send waits, unless
// its options say otherwise. A socket queues by the kernel's own count of
// memory: 278 small messages with Linux' default net.core.wmem_default.
inline constexpr std::size_t kInprocessCapacity = 256;

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_LIMITS_H_
