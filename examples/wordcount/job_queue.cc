#include "ipc_channel/examples/wordcount/job_queue.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "ipc_channel/transport/mutex.h"

namespace wordcount {

using ipc_channel::transport::MutexLock;

JobQueue::JobQueue(const std::vector<std::string>& paths) {
  MutexLock lock(mutex_);
  for (const std::string& path : paths) {
    FileJob& job = waiting_.emplace_back();
    job.index = waiting_.size() - 1;
    job.path = path;
  }
}

std::optional<FileJob> JobQueue::Take() {
  MutexLock lock(mutex_);
  while (waiting_.empty() && taken_ != 0) {
    changed_.WaitUntil(mutex_, absl::InfiniteFuture());
  }
  if (waiting_.empty()) return std::nullopt;
  std::optional<FileJob> job = std::move(waiting_.front());
  waiting_.pop_front();
  ++taken_;
  return job;
}

void JobQueue::GiveBack(FileJob job) {
  MutexLock lock(mutex_);
  waiting_.push_front(std::move(job));
  --taken_;
  changed_.NotifyOne();
}

void JobQueue::Done() {
  MutexLock lock(mutex_);
  --taken_;
  if (taken_ == 0) changed_.NotifyAll();
}

}  // namespace wordcount
