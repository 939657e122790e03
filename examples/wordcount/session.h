#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_SESSION_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_SESSION_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/job_queue.h"
#include "ipc_channel/examples/wordcount/progress_bar.h"
#include "ipc_channel/examples/wordcount/remote_worker.h"
#include "ipc_channel/examples/wordcount/tally.h"
#include "ipc_channel/examples/wordcount/word_counts.h"

namespace wordcount {

// One thread of the parent and the one worker process it keeps busy, replaced
// whenever it is lost. Thread-compatible; shares the queue, the tally and the
// bar with other sessions, and all three must outlive it.
class Session {
 public:
  // `number` is for messages; `test_hold` for the workers (test_hold.h).
  Session(int number, std::string test_hold, JobQueue& queue, Tally& tally,
          ProgressBar& bar)
      : number_(number),
        test_hold_(std::move(test_hold)),
        queue_(queue),
        tally_(tally),
        bar_(bar) {}

  // Works until the queue has no more jobs. Any other status than OK: no worker
  // could be started, and there may be jobs left. The worker is gone either
  // way.
  absl::Status Run();

 private:
  // The job is done or back in the queue. Not OK: there is no worker to be had.
  absl::Status Handle(FileJob job);

  absl::Status EnsureWorker();
  absl::Status StartWorker();

  // UNAVAILABLE: the worker is lost.
  absl::StatusOr<WordCounts> Count(FileJob& job);
  absl::Status SendJob(const FileJob& job, ipc_channel::Sender<Reply> reply);

  void OnWorkerLostWith(FileJob job);
  // Reaps the worker, and reports `at` what point it ended and `then` what.
  void ReportLoss(const std::string& path, std::string_view at,
                  std::string_view then);

  void Finish(const FileJob& job, const absl::StatusOr<WordCounts>& counts);

  const int number_;
  const std::string test_hold_;
  JobQueue& queue_;
  Tally& tally_;
  ProgressBar& bar_;
  std::optional<RemoteWorker> worker_;
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_SESSION_H_
