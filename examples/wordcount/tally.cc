#include "ipc_channel/examples/wordcount/tally.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/examples/wordcount/outcome.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/transport/mutex.h"

namespace wordcount {

using ipc_channel::transport::MutexLock;

Tally::Tally(const std::vector<std::string>& paths) {
  MutexLock lock(mutex_);
  for (const std::string& path : paths) {
    outcome_.files.push_back({path, absl::UnknownError("not counted")});
  }
}

void Tally::Add(std::size_t index, const WordCounts& counts) {
  MutexLock lock(mutex_);
  std::uint64_t total = 0;
  for (const auto& [word, count] : counts) {
    outcome_.words[word] += count;
    total += count;
  }
  outcome_.files[index].total_words = total;
  outcome_.total_words += total;
}

void Tally::Fail(std::size_t index, const absl::Status& why) {
  MutexLock lock(mutex_);
  outcome_.files[index].total_words = why;
}

void Tally::AddLostWorker(LostWorker lost) {
  MutexLock lock(mutex_);
  outcome_.lost_workers.push_back(std::move(lost));
}

Outcome Tally::Take() {
  MutexLock lock(mutex_);
  return std::exchange(outcome_, {});
}

}  // namespace wordcount
