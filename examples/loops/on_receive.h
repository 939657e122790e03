#ifndef IPC_CHANNEL_EXAMPLES_LOOPS_ON_RECEIVE_H_
#define IPC_CHANNEL_EXAMPLES_LOOPS_ON_RECEIVE_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {

// Receives in a loop: calls back, from the loop, with each value of a channel.
//
//   auto jobs = loops::OnReceive<Job>::Start(
//       reactor, std::move(receiver), [](absl::StatusOr<Job> job) { ... });
//
// The callback is given errors too. DATA_LOSS: one message was lost.
// RESOURCE_EXHAUSTED: this process is short of memory or descriptors, and the
// channel is looked at again after a pause. Anything else is its last call:
// Disconnected, when every sender is gone. By then the receiver is closed and
// nothing is left in the loop.
//
// However fast a peer sends, other things in the loop have their turn.
//
// Owns the receiver: destroying this closes it, senders are told Disconnected,
// and the callback is not called any more. The callback may do so itself.
// Move-only; used on the loop's thread only, and not longer than the reactor.
template <class T>
class OnReceive {
 public:
  using Callback = absl::AnyInvocable<void(absl::StatusOr<T>)>;

  // RESOURCE_EXHAUSTED, FAILED_PRECONDITION as waitable() and NewWatch() have
  // them; the receiver is gone then.
  static absl::StatusOr<OnReceive> Start(ipc_channel::Reactor& reactor,
                                         ipc_channel::Receiver<T> receiver,
                                         Callback callback) {
    auto state = std::make_shared<State>();
    state->receiver = std::move(receiver);
    state->callback = std::move(callback);
    auto descriptor = state->receiver.waitable();
    if (!descriptor.ok()) return descriptor.status();
    auto receive = [state = state.get()] { state->Receive(); };
    auto watch =
        reactor.NewWatch(*descriptor, state->receiver.interest(), receive);
    if (!watch.ok()) return watch.status();
    auto pause = reactor.NewWatch({}, state->receiver.interest(), receive);
    if (!pause.ok()) return pause.status();
    state->watch = *std::move(watch);
    state->pause = *std::move(pause);
    state->watch->Arm(absl::InfinitePast());  // nothing has been tried yet
    return OnReceive(std::move(state));
  }

  OnReceive(OnReceive&&) = default;
  OnReceive& operator=(OnReceive&& other) {
    if (this != &other) Stop();
    state_ = std::move(other.state_);
    return *this;
  }
  ~OnReceive() { Stop(); }

 private:
  // Values that are received before the rest of the loop has its turn.
  static constexpr int kValuesPerTurn = 16;

  struct State : std::enable_shared_from_this<State> {
    void Receive() {
      const auto keep = this->shared_from_this();  // whatever callback() does
      for (int i = 0; i < kValuesPerTurn && watch != nullptr; ++i) {
        absl::StatusOr<std::optional<T>> value = receiver.TryRecv();
        if (!value.ok()) return Fail(value.status());
        if (!value->has_value()) return watch->Arm(receiver.deadline());
        callback(**std::move(value));
      }
      if (watch != nullptr) watch->Arm(absl::InfinitePast());
    }

    void Fail(const absl::Status& status) {
      if (absl::IsDataLoss(status)) {
        watch->Arm(absl::InfinitePast());
      } else if (absl::IsResourceExhausted(status)) {
        pause->Arm(absl::Now() + absl::Milliseconds(100));
      } else {
        Close();
      }
      callback(status);
    }

    void Close() {
      watch.reset();  // before the descriptor that it waits for
      pause.reset();
      receiver = {};
    }

    ipc_channel::Receiver<T> receiver;
    Callback callback;
    std::unique_ptr<ipc_channel::Watch> watch;  // null once closed
    std::unique_ptr<ipc_channel::Watch> pause;
  };

  explicit OnReceive(std::shared_ptr<State> state) : state_(std::move(state)) {}

  void Stop() {
    if (state_ != nullptr) state_->Close();
  }

  std::shared_ptr<State> state_;
};

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_LOOPS_ON_RECEIVE_H_
