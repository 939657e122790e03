#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_JOB_QUEUE_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_JOB_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "ipc_channel/examples/wordcount/input_file.h"
#include "ipc_channel/transport/mutex.h"

namespace wordcount {

// A file to be counted.
struct FileJob {
  std::size_t index = 0;  // its place on the command line
  std::string path;
  // Opened when its turn comes and then kept until it is done with: work that
  // is done again is done on the same file, whatever the path names by then.
  InputFile file;
  std::uint64_t progress = 0;  // bytes that the progress bar has been told of
  int workers_lost = 0;
};

// The files that nobody counts yet. Every job that is taken is given back, or
// reported done. Thread-safe.
class JobQueue {
 public:
  explicit JobQueue(const std::vector<std::string>& paths);

  // The next job. Waits while there is none but some are in other hands, since
  // they may be given back. Nothing if all are done.
  std::optional<FileJob> Take() ABSL_LOCKS_EXCLUDED(mutex_);

  // The job is to be taken again, before all others.
  void GiveBack(FileJob job) ABSL_LOCKS_EXCLUDED(mutex_);

  // One of the jobs that were taken needs no more work.
  void Done() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  ipc_channel::transport::Mutex mutex_;
  ipc_channel::transport::CondVar changed_;
  std::deque<FileJob> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_JOB_QUEUE_H_
