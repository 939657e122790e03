#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_OUTCOME_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_OUTCOME_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/word_counts.h"

namespace wordcount {

struct FileOutcome {
  std::string path;
  // A message says why without naming the file.
  absl::StatusOr<std::uint64_t> total_words;
};

struct LostWorker {
  int number =
      0;  // from 1; a replacement has the number of the one it replaces
  std::int64_t pid = 0;
  std::string how;   // "was killed by signal 9"
  std::string path;  // what it was counting; empty: not even begun
};

// All that a run has found.
struct Outcome {
  std::vector<FileOutcome> files;  // as on the command line
  WordCounts words;                // of all files together
  std::uint64_t total_words = 0;
  std::vector<LostWorker> lost_workers;
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_OUTCOME_H_
