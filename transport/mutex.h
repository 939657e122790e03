#ifndef IPC_CHANNEL_TRANSPORT_MUTEX_H_
#define IPC_CHANNEL_TRANSPORT_MUTEX_H_

#include "ipc_channel/platforms/cxx20.h"

#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace ipc_channel::transport {

// std::mutex with the annotations that clang's -Wthread-safety checks. Not
// absl::Mutex: a distribution's prebuilt Abseil is invisible to TSan.
class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_.Lock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }

 private:
  Mutex& mutex_;
};

class CondVar {
 public:
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

  // Releases `mutex`, waits until notified or for `duration` at most, and takes
  // `mutex` again. Wakes spuriously too. A step of the system's clock makes the
  // wait no longer, unlike that of WaitUntil().
  void WaitFor(Mutex& mutex, absl::Duration duration)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait_for(lock, absl::ToChronoNanoseconds(duration));
    static_cast<void>(lock.release());
  }

  // Releases `mutex`, waits until notified or until `deadline` has passed, and
  // takes `mutex` again. Wakes spuriously too: callers loop over their
  // condition. False once the deadline has passed.
  bool WaitUntil(Mutex& mutex, absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    bool in_time = true;
    if (deadline == absl::InfiniteFuture()) {
      condition_.wait(lock);
    } else {
      in_time = condition_.wait_until(lock, absl::ToChronoTime(deadline)) ==
                std::cv_status::no_timeout;
    }
    static_cast<void>(lock.release());
    return in_time;
  }

 private:
  std::condition_variable condition_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_MUTEX_H_
