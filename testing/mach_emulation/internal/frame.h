#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_FRAME_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_FRAME_H_

// Frames: a fixed part, any number of bytes and some descriptors, sent and
// received as a whole over a SOCK_SEQPACKET socket. What does not fit into a
// packet goes in a memfd beside it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing::mach_emulation {

using ::ipc_channel::transport::UniqueFd;

inline constexpr std::size_t kMaxFramePayload = std::size_t{64} << 20;

// Does not wait: false if the socket is full, the other side is gone, or
// memory or descriptors are lacking; errno says which.
bool SendFrame(int socket, std::span<const std::byte> fixed,
               std::span<const std::byte> payload, std::span<const int> fds);

enum class FrameResult {
  kFrame,
  kClosed,     // the other side is gone
  kMalformed,  // lengths that do not fit together; nothing was taken over
};

struct FrameContent {
  std::vector<std::byte> payload;
  std::vector<UniqueFd> fds;
};

// Waits for a frame whose fixed part has exactly the size of `fixed`. Restarts
// after signals.
FrameResult ReceiveFrame(int socket, std::span<std::byte> fixed,
                         FrameContent& content);

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_FRAME_H_
