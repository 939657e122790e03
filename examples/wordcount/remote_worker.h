#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_REMOTE_WORKER_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_REMOTE_WORKER_H_

#include <sys/types.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/protocol.h"
#include "ipc_channel/examples/wordcount/worker_process.h"
#include "ipc_channel/ipc_channel.h"

namespace wordcount {

// A worker as its parent sees it. Move-only; thread-compatible.
class RemoteWorker {
 public:
  // Starts the process and does not wait for it. `test_hold`: see test_hold.h.
  static absl::StatusOr<RemoteWorker> Start(const std::string& test_hold);

  // Waits for the worker's first message. UNAVAILABLE if it ended before.
  absl::Status AwaitContact();

  pid_t pid() const { return process_.pid(); }

  // Where it takes jobs, after contact.
  const ipc_channel::Sender<Job>& jobs() const { return jobs_; }

  // Tells the worker to leave, waits until it has, or kills it if it will not,
  // and tells how it ended.
  std::string End();

 private:
  RemoteWorker(ipc_channel::OneShotServer<Hello> server, WorkerProcess process)
      : server_(std::move(server)), process_(std::move(process)) {}

  ipc_channel::OneShotServer<Hello> server_;
  WorkerProcess process_;
  ipc_channel::Sender<Job> jobs_;
  ipc_channel::Receiver<Hello> lifeline_;  // disconnects when the worker leaves
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_REMOTE_WORKER_H_
