#ifndef IPC_CHANNEL_EXAMPLES_DECODER_PROTOCOL_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_PROTOCOL_H_

#include <cstdint>
#include <string>
#include <variant>

#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/decoder/image.h"

// What a decoder and its worker say to each other: one job, one reply.
namespace decoder {

struct Job {
  // Open for reading. The worker can open nothing itself.
  ipc_channel::UniqueFd input;
};

// There is no image, and why: to be shown to people, but not trusted.
struct Refusal {
  std::string reason;
};

using Reply = std::variant<Image, Refusal>;

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_PROTOCOL_H_
