#ifndef IPC_CHANNEL_EXAMPLES_LOOPS_TASK_QUEUE_H_
#define IPC_CHANNEL_EXAMPLES_LOOPS_TASK_QUEUE_H_

#include <deque>
#include <mutex>

#include "ipc_channel/channel/executor.h"

namespace loops {

// Tasks for a loop, from any thread. The loop is woken by what it has for that.
// Shared between the loop's reactor and whatever the loop calls, which may be
// still to come when the reactor is gone. Thread-safe, but for Run().
class TaskQueue {
 public:
  using Task = ipc_channel::Executor::Task;

  // True if the loop must be woken: it would not have come by itself. A task
  // that comes after Close() is destroyed.
  bool Push(Task task);

  // Runs, on the loop's thread, what there is now, in order; what these tasks
  // push is for the next time. A task may Close() the queue.
  void Run();

  // Destroys the tasks that have not run.
  void Close();

 private:
  std::deque<Task> Take();
  bool is_closed();

  std::mutex mutex_;
  std::deque<Task> tasks_;  // by mutex_, as all here
  bool is_closed_ = false;
};

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_LOOPS_TASK_QUEUE_H_
