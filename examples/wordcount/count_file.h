#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_COUNT_FILE_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_COUNT_FILE_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/transport/unique_fd.h"

namespace wordcount {

// Called after each piece with the bytes counted so far; false: stop.
using AfterPiece = absl::FunctionRef<bool(std::uint64_t counted)>;

// Counts the words from the beginning of the file to what is its end by then.
// Neither uses nor moves the file's offset, which is shared with other holders
// of the open file.
//   CANCELLED  `after_piece` returned false
//   UNKNOWN    the file could not be read; the message is the system's reason
absl::StatusOr<WordCounts> CountFile(ipc_channel::transport::BorrowedFd file,
                                     AfterPiece after_piece);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_COUNT_FILE_H_
