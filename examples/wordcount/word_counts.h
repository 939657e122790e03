#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_COUNTS_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_COUNTS_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"

namespace wordcount {

// How often each word occurs.
using WordCounts = absl::flat_hash_map<std::string, std::uint64_t>;

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORD_COUNTS_H_
