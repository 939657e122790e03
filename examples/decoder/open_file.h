#ifndef IPC_CHANNEL_EXAMPLES_DECODER_OPEN_FILE_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_OPEN_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/unique_fd.h"

namespace decoder {

// Opens a regular file for reading; waits for nothing else. The message of an
// error is the reason, without the path.
//   INVALID_ARGUMENT  it is no regular file
//   others            as the system refuses (transport/errno_status.h)
absl::StatusOr<ipc_channel::UniqueFd> OpenFile(const std::string& path);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_OPEN_FILE_H_
