#include "ipc_channel/examples/loops/task_queue.h"

#include <deque>
#include <mutex>
#include <utility>

namespace loops {

bool TaskQueue::Push(Task task) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return false;  // destroyed by the caller, without the lock
  tasks_.push_back(std::move(task));
  return tasks_.size() == 1;
}

void TaskQueue::Run() {
  for (std::deque<Task> tasks = Take(); !tasks.empty(); tasks.pop_front()) {
    if (is_closed()) return;
    std::move(tasks.front())();
  }
}

void TaskQueue::Close() {
  std::deque<Task> dropped;  // whose destructors may push
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  dropped.swap(tasks_);
}

std::deque<TaskQueue::Task> TaskQueue::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(tasks_, {});
}

bool TaskQueue::is_closed() {
  const std::lock_guard lock(mutex_);
  return is_closed_;
}

}  // namespace loops
