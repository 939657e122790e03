#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_PROGRESS_BAR_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_PROGRESS_BAR_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/mutex.h"

namespace wordcount {

// The standard error stream: a bar in its last line if it is a terminal, and
// lines of text above. Thread-safe.
class ProgressBar {
 public:
  ProgressBar() = default;
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  // Takes the bar away.
  ~ProgressBar();

  // Shows a bar from now on; `total` is all the work there is, in bytes. To be
  // called only if standard error is a terminal.
  void Show(std::uint64_t total) ABSL_LOCKS_EXCLUDED(mutex_);

  // So many bytes more have been done; negative if work was lost.
  void Advance(std::int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);

  // Prints a line.
  void Note(const std::string& line) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Clear() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Draw() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ipc_channel::transport::Mutex mutex_;
  bool is_shown_ ABSL_GUARDED_BY(mutex_) = false;
  std::int64_t total_ ABSL_GUARDED_BY(mutex_) = 0;
  std::int64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time next_draw_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_PROGRESS_BAR_H_
