#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_TALLY_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_TALLY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "ipc_channel/examples/wordcount/outcome.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/transport/mutex.h"

namespace wordcount {

// Where results come together. Thread-safe.
class Tally {
 public:
  explicit Tally(const std::vector<std::string>& paths);

  // The verdict on the file at `index`, once for each.
  void Add(std::size_t index, const WordCounts& counts)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Fail(std::size_t index, const absl::Status& why)
      ABSL_LOCKS_EXCLUDED(mutex_);

  void AddLostWorker(LostWorker lost) ABSL_LOCKS_EXCLUDED(mutex_);

  // Everything, at the end.
  Outcome Take() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  ipc_channel::transport::Mutex mutex_;
  Outcome outcome_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_TALLY_H_
