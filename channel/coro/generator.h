#ifndef IPC_CHANNEL_CHANNEL_CORO_GENERATOR_H_
#define IPC_CHANNEL_CHANNEL_CORO_GENERATOR_H_

#include "ipc_channel/platforms/cxx20.h"

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "ipc_channel/channel/coro/internal/handshake.h"

namespace ipc_channel::coro {

// A coroutine that gives one T after another, and may wait for things in
// between:
//
//   coro::Generator<Line> Lines(coro::AsyncReceiver<std::string> text) {
//     ...
//       co_yield line;
//   }
//
//   while (std::optional<Line> line = co_await lines.Next()) { ... }
//
// Lazy: runs only while a Next() is awaited, which is one at a time. An empty
// optional is its end, and comes again each time. An exception that leaves its
// body comes out of that co_await and is its end.
//
// Destroying the coroutine that awaits ends the waiting and loses nothing: the
// generator goes on to its next value or end, which is that of the next Next().
// Destroying the generator destroys its coroutine, which must not run then; who
// awaits it is never resumed, and can only be destroyed. Parameters, captures,
// threads and memory: task.h. Yielding allocates nothing.
//
// Move-only, not while a Next() is awaited; thread-compatible.
template <class T>
class [[nodiscard]] Generator {
 public:
  class NextAwaiter;

  class promise_type {
   public:
    promise_type() = default;
    promise_type(const promise_type&) = delete;
    promise_type& operator=(const promise_type&) = delete;
    ~promise_type() {
      if (next_ != nullptr) next_->handle_ = {};
    }

    // At each value, and at the end.
    struct Pause {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(
          std::coroutine_handle<promise_type> paused) const noexcept {
        paused.promise().is_under_way_ = false;
        return paused.promise().handshake_.Meet();
      }
      void await_resume() const noexcept {}
    };

    Generator get_return_object() {
      return Generator(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    Pause final_suspend() const noexcept { return {}; }
    template <class Value>
    Pause yield_value(Value&& value) {
      value_.emplace(std::forward<Value>(value));
      return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept {
      exception_ = std::current_exception();
    }

   private:
    friend class Generator;

    ipc_channel::coro::internal::Handshake handshake_;
    NextAwaiter* next_ = nullptr;  // that waits
    bool is_under_way_ = false;    // to the next value, or to the end
    std::optional<T> value_;       // that nobody has taken
    std::exception_ptr exception_;
  };

  // No coroutine: at its end.
  Generator() = default;
  Generator(Generator&& other) noexcept
      : handle_(std::exchange(other.handle_, {})) {}
  // Destroys the coroutine that this had, as the destructor does.
  Generator& operator=(Generator&& other) noexcept {
    const Generator old(std::move(*this));
    handle_ = std::exchange(other.handle_, {});
    return *this;
  }
  ~Generator() {
    if (handle_) handle_.destroy();
  }

  class NextAwaiter {
   public:
    NextAwaiter(const NextAwaiter&) = delete;
    NextAwaiter& operator=(const NextAwaiter&) = delete;
    ~NextAwaiter() {
      if (!handle_ || handle_.promise().next_ != this) return;
      handle_.promise().next_ = nullptr;
      handle_.promise().handshake_.Replace(std::noop_coroutine());
    }

    bool await_ready() const noexcept {
      return !handle_ || handle_.done() || handle_.promise().value_.has_value();
    }
    bool await_suspend(std::coroutine_handle<> outer) {
      promise_type& promise = handle_.promise();
      promise.next_ = this;
      if (!std::exchange(promise.is_under_way_, true)) {
        return promise.handshake_.Start(handle_, outer);
      }
      promise.handshake_.Replace(outer);
      return true;
    }
    std::optional<T> await_resume() {
      if (!handle_) return std::nullopt;
      promise_type& promise = handle_.promise();
      promise.next_ = nullptr;
      if (promise.exception_ != nullptr) {
        std::rethrow_exception(std::exchange(promise.exception_, nullptr));
      }
      return std::exchange(promise.value_, std::nullopt);
    }

   private:
    friend class Generator;
    explicit NextAwaiter(std::coroutine_handle<promise_type> handle)
        : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
  };

  // co_await gives the next value, or nothing at the end.
  [[nodiscard]] NextAwaiter Next() { return NextAwaiter(handle_); }

 private:
  explicit Generator(std::coroutine_handle<promise_type> handle)
      : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_GENERATOR_H_
