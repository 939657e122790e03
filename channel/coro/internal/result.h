#ifndef IPC_CHANNEL_CHANNEL_CORO_INTERNAL_RESULT_H_
#define IPC_CHANNEL_CHANNEL_CORO_INTERNAL_RESULT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ipc_channel::coro::internal {

// What a T becomes where a status can come in its place: of nothing and of
// statuses, what they are already.
template <class T>
struct WithStatus {
  using Type = absl::StatusOr<T>;
};
template <>
struct WithStatus<void> {
  using Type = absl::Status;
};
template <>
struct WithStatus<absl::Status> {
  using Type = absl::Status;
};
template <class T>
struct WithStatus<absl::StatusOr<T>> {
  using Type = absl::StatusOr<T>;
};

template <class T>
using WithStatusOf = typename WithStatus<T>::Type;

// RESOURCE_EXHAUSTED for std::bad_alloc. Any other exception ends the program,
// with that exception in flight.
absl::Status StatusOfException(const std::exception_ptr& exception) noexcept;

// What a coroutine body came to: nothing yet, a T, or an exception.
template <class T>
class Result {
 public:
  using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  template <class... Args>
  void SetValue(Args&&... args) {
    value_.emplace(std::forward<Args>(args)...);
  }
  void SetException(std::exception_ptr exception) noexcept {
    exception_ = std::move(exception);
  }

  // The value, or throws the exception.
  T Take() {
    if (exception_ != nullptr) std::rethrow_exception(exception_);
    if constexpr (!std::is_void_v<T>) return *std::move(value_);
  }

  // The same without throwing.
  WithStatusOf<T> TakeWithStatus() {
    if (exception_ != nullptr) return StatusOfException(exception_);
    if constexpr (std::is_void_v<T>) {
      return absl::OkStatus();
    } else {
      return *std::move(value_);
    }
  }

 private:
  std::optional<Stored> value_;
  std::exception_ptr exception_;
};

}  // namespace ipc_channel::coro::internal

#endif  // IPC_CHANNEL_CHANNEL_CORO_INTERNAL_RESULT_H_
