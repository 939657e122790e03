#ifndef IPC_CHANNEL_EXAMPLES_DECODER_READ_FILE_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_READ_FILE_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace decoder {

inline constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

// All of an open file, from its beginning; its offset stays where it is. It may
// grow or shrink meanwhile: nothing is mapped.
//   OUT_OF_RANGE  more than kMaxFileBytes
//   others        as the system refuses (transport/errno_status.h)
absl::StatusOr<std::vector<std::byte>> ReadFile(
    ipc_channel::transport::BorrowedFd file);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_READ_FILE_H_
