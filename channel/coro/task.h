#ifndef IPC_CHANNEL_CHANNEL_CORO_TASK_H_
#define IPC_CHANNEL_CHANNEL_CORO_TASK_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

#include "ipc_channel/channel/coro/internal/handshake.h"
#include "ipc_channel/channel/coro/internal/result.h"
#include "ipc_channel/channel/internal/misuse.h"

namespace ipc_channel::coro {

template <class T = void>
class Task;

namespace internal {

template <class T>
class TaskPromiseBase {
 public:
  struct AtEnd {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(
        std::coroutine_handle<Promise> ended) const noexcept {
      return ended.promise().handshake().Meet();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  AtEnd final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept {
    result_.SetException(std::current_exception());
  }

  Handshake& handshake() { return handshake_; }
  Result<T>& result() { return result_; }

 private:
  Handshake handshake_;
  Result<T> result_;
};

template <class T>
class TaskPromise : public TaskPromiseBase<T> {
 public:
  Task<T> get_return_object();
  template <class Value>
  void return_value(Value&& value) {
    this->result().SetValue(std::forward<Value>(value));
  }
};

template <>
class TaskPromise<void> : public TaskPromiseBase<void> {
 public:
  Task<void> get_return_object();
  void return_void() { result().SetValue(); }
};

// Lets the library's own coroutines wait for a task without awaiting it.
struct TaskAccess {
  // Ends the program if there is none.
  template <class T>
  static std::coroutine_handle<TaskPromise<T>> HandleOf(const Task<T>& task) {
    if (!task.handle_) {
      ipc_channel::internal::StopForMisuse(
          "a task was to run that is empty: moved from, awaited before, or "
          "none from the start");
    }
    return task.handle_;
  }
};

}  // namespace internal

// A coroutine that gives a T, or nothing, to whoever awaits it:
//
//   coro::Task<int> Sum(coro::AsyncReceiver<int>& numbers) {
//     int sum = 0;
//     while (true) {
//       absl::StatusOr<int> number = co_await numbers.Recv();
//       if (!number.ok()) co_return sum;
//       sum += *number;
//     }
//   }
//
//   int sum = co_await Sum(numbers);
//
// Lazy: nothing of it runs before it is awaited, by co_await of an rvalue,
// which takes it; or by what is named in this folder to start it (spawn.h,
// task_group.h, block_on.h, with_timeout.h, when_all.h). It runs in the thread
// that awaits it, and goes on where what it waits for resumes it: with the
// awaitables of this folder, in the thread of their loop. Whatever can be
// awaited can be awaited in it, and it can be awaited in whatever coroutine.
//
// Destroying it destroys the coroutine with all that is in it, at whatever
// co_await it stands: that is how it is cancelled. It must be waiting then, or
// not have begun, or have ended, and not be what runs: a task cannot destroy
// itself, nor what awaits it.
//
// What it needs has to live as long as it does. Parameters by value are copied
// into it, or moved; those by reference, string views and spans are not, and
// must outlive it. A lambda that is a coroutine has its captures in the lambda,
// not in the task: when the lambda is gone they dangle. So give a lambda what
// it needs as parameters, or name it and let it outlive the task.
//
// An exception that leaves its body is thrown to whoever awaits it, as from any
// function. Where it reaches this library, std::bad_alloc becomes
// RESOURCE_EXHAUSTED for that task alone, and any other ends the program.
// Making a coroutine allocates memory for it and throws std::bad_alloc if there
// is none, out of the call of the function that is one.
//
// Move-only; thread-compatible.
template <class T>
class [[nodiscard]] Task {
 public:
  static_assert(!std::is_reference_v<T>,
                "ipc_channel: a task gives values; give a pointer.");

  using promise_type = internal::TaskPromise<T>;

  // No coroutine: can be assigned to and destroyed. What was moved from or
  // awaited has none either. To await it, or to give it to what would run it,
  // ends the program.
  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  // Destroys the coroutine that this had, as the destructor does.
  Task& operator=(Task&& other) noexcept {
    const Task old(std::move(*this));
    handle_ = std::exchange(other.handle_, {});
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool valid() const { return static_cast<bool>(handle_); }

  // Has the coroutine from there on, so that what is never resumed leaves none
  // behind that would resume it.
  class Awaiter {
   public:
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() { handle_.destroy(); }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> outer) const {
      return handle_.promise().handshake().Start(handle_, outer);
    }
    T await_resume() const { return handle_.promise().result().Take(); }

   private:
    friend class Task;
    explicit Awaiter(std::coroutine_handle<promise_type> handle)
        : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
  };

  Awaiter operator co_await() && noexcept {
    static_cast<void>(internal::TaskAccess::HandleOf(*this));
    return Awaiter(std::exchange(handle_, {}));
  }

 private:
  friend promise_type;
  friend internal::TaskAccess;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

namespace internal {

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

}  // namespace internal

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_TASK_H_
