#ifndef IPC_CHANNEL_CHANNEL_CORO_SELECT_H_
#define IPC_CHANNEL_CHANNEL_CORO_SELECT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/async_receiver.h"
#include "ipc_channel/channel/coro/internal/select_core.h"

namespace ipc_channel::coro {
namespace internal {

template <class T>
class ReceiverBranch final : public Branch {
 public:
  explicit ReceiverBranch(ReceiverPoint<T>* point)
      : Branch(point), point_(point) {}

  absl::StatusOr<T> Take() { return received_.Take(); }

 private:
  bool Try() override { return received_.TryFrom(point_->receiver); }
  absl::Time LookAt() override { return point_->receiver.deadline(); }

  ReceiverPoint<T>* const point_;
  Received<T> received_;
};

template <class... T>
class SelectAwaiter {
 public:
  using Selected = std::variant<absl::StatusOr<T>...>;

  SelectAwaiter(absl::Time deadline, ReceiverPoint<T>*... points)
      : branches_(points...),
        all_(std::apply(
            [](auto&... branch) {
              return std::array<Branch*, sizeof...(T)>{&branch...};
            },
            branches_)),
        core_(all_, deadline) {}
  SelectAwaiter(const SelectAwaiter&) = delete;
  SelectAwaiter& operator=(const SelectAwaiter&) = delete;

  bool await_ready() { return core_.Begin(); }
  void await_suspend(std::coroutine_handle<> waiting) {
    core_.Suspend(waiting);
  }
  absl::StatusOr<Selected> await_resume() {
    if (!core_.status().ok()) return core_.status();
    return TakeFrom(std::index_sequence_for<T...>());
  }

 private:
  template <std::size_t... kIndex>
  Selected TakeFrom(std::index_sequence<kIndex...>) {
    std::optional<Selected> selected;
    static_cast<void>(((core_.winner() == kIndex &&
                        (selected.emplace(std::in_place_index<kIndex>,
                                          std::get<kIndex>(branches_).Take()),
                         true)) ||
                       ...));
    return *std::move(selected);
  }

  std::tuple<ReceiverBranch<T>...> branches_;
  std::array<Branch*, sizeof...(T)> all_;
  SelectCore core_;  // the first to go
};

}  // namespace internal

// Receives from whichever of several receivers has something first:
//
//   auto selected = co_await coro::Select(jobs, orders);
//   if (!selected.ok()) co_return selected.status();
//   if (selected->index() == 0) {
//     absl::StatusOr<Job>& job = std::get<0>(*selected);
//     ...
//
// Gives a variant whose index says which, with what Recv() would have given: a
// value, Disconnected, DATA_LOSS. Nothing is taken from the others. Who has
// something all the time keeps none of the others out: each call begins to look
// at another one. A receiver that is disconnected has something all the time;
// leave it out.
//
// co_await gives in the variant's place
//
//   DEADLINE_EXCEEDED    nothing until the deadline
//   FAILED_PRECONDITION  one of them is empty, is named twice, or another
//                        coroutine waits for it
//   CANCELLED            one of them was destroyed while the coroutine waited
//
// The receivers stay where they are until then. Turns, resumption and what it
// is to destroy the coroutine: AsyncReceiver. For many receivers, or a number
// that changes: async_receiver_set.h.
template <class... T>
requires(sizeof...(T) > 0)
    [[nodiscard]] internal::SelectAwaiter<T...> SelectUntil(
        absl::Time deadline, AsyncReceiver<T>&... receivers) {
  return internal::SelectAwaiter<T...>(
      deadline, internal::ReceiverAccess::PointOf(receivers)...);
}
template <class... T>
requires(sizeof...(T) > 0)
    [[nodiscard]] internal::SelectAwaiter<T...> SelectFor(
        absl::Duration timeout, AsyncReceiver<T>&... receivers) {
  return SelectUntil(absl::Now() + timeout, receivers...);
}
template <class... T>
requires(sizeof...(T) > 0) [[nodiscard]] internal::SelectAwaiter<T...> Select(
    AsyncReceiver<T>&... receivers) {
  return SelectUntil(absl::InfiniteFuture(), receivers...);
}

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_SELECT_H_
