#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_INPUT_FILE_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_INPUT_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace wordcount {

// An open file that can be read at any offset.
struct InputFile {
  ipc_channel::transport::UniqueFd fd;
  std::uint64_t size = 0;  // when it was opened; 0 for a block device
};

// Opens a regular file or a block device and refuses everything else without
// waiting for it or touching it: a FIFO has no beginning to start over from.
// The message of an error is the reason, without the path.
//   INVALID_ARGUMENT  a file of another kind
//   others            as the system refuses (transport/errno_status.h)
absl::StatusOr<InputFile> OpenInputFile(const std::string& path);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_INPUT_FILE_H_
