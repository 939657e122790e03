#ifndef IPC_CHANNEL_EXAMPLES_DECODER_PAM_FILE_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_PAM_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "ipc_channel/examples/decoder/image.h"

namespace decoder {

// Writes an image of good dimensions as a PAM file (netpbm's, with alpha),
// over what is there. INTERNAL, with the system's reason, if it cannot.
absl::Status WritePamFile(const Image& image, const std::string& path);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_PAM_FILE_H_
