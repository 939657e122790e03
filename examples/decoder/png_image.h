#ifndef IPC_CHANNEL_EXAMPLES_DECODER_PNG_IMAGE_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_PNG_IMAGE_H_

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "ipc_channel/examples/decoder/image.h"

namespace decoder {

// Decodes a PNG file with libpng, as it is: 1 to 16 bits a channel, grey, with
// a palette, interlaced. Thread-safe. Does not block.
//
//   INVALID_ARGUMENT    it is none, or broken, in libpng's words
//   OUT_OF_RANGE        it is too large (image.h), or larger than this process
//                       may make a memory object (RLIMIT_FSIZE)
//   RESOURCE_EXHAUSTED  no memory
absl::StatusOr<Image> DecodePng(std::span<const std::byte> file);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_PNG_IMAGE_H_
