#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORKER_PROCESS_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORKER_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace wordcount {

// A child process that executes this program again, and is always reaped: the
// destructor kills it if that is what it takes. Move-only; thread-compatible.
class WorkerProcess {
 public:
  // `arguments` without the program's name. The child inherits the standard
  // streams and nothing else that is close-on-exec.
  // RESOURCE_EXHAUSTED and others as the system refuses.
  static absl::StatusOr<WorkerProcess> Start(
      const std::vector<std::string>& arguments);

  WorkerProcess(WorkerProcess&& other) noexcept
      : pid_(other.pid_),
        is_reaped_(std::exchange(other.is_reaped_, true)),
        wait_status_(other.wait_status_) {}
  WorkerProcess& operator=(WorkerProcess&&) = delete;
  ~WorkerProcess();

  pid_t pid() const { return pid_; }

  // Does not wait. Once true, the process has been reaped.
  bool HasEnded();

  void Kill();

  // Waits for the end and tells it: "was killed by signal 9", "exited with 1".
  std::string WaitForEnd();

 private:
  explicit WorkerProcess(pid_t pid) : pid_(pid) {}

  bool Reap(int options);

  pid_t pid_;
  bool is_reaped_ = false;
  int wait_status_ = 0;
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORKER_PROCESS_H_
