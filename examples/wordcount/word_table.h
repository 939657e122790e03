#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_TABLE_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_TABLE_H_

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/ipc_channel.h"

namespace wordcount {

// The counts, encoded straight into memory that other processes can map.
//   RESOURCE_EXHAUSTED  no memory or descriptors
//   OUT_OF_RANGE        a word of more than 2^32 - 1 bytes, or that many words
absl::StatusOr<ipc_channel::SharedMemory> MakeWordTable(
    const WordCounts& counts);

// The counts back. The bytes may be anything: DATA_LOSS unless they are a table
// of words, each once, in order, with counts that are not 0 and whose sum fits
// 64 bits.
absl::StatusOr<WordCounts> ReadWordTable(std::span<const std::byte> table);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_TABLE_H_
