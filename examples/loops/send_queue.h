#ifndef IPC_CHANNEL_EXAMPLES_LOOPS_SEND_QUEUE_H_
#define IPC_CHANNEL_EXAMPLES_LOOPS_SEND_QUEUE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/sender.h"

namespace loops {

// Sends in a loop: what finds no room in the channel waits here, in order, and
// is sent from the loop as soon as there is some. Nothing blocks.
//
//   auto jobs = loops::SendQueue<Job>::Make(
//       reactor, std::move(sender), [](const absl::Status& status) { ... });
//   jobs->Send(std::move(job));
//
// The callback is called from the loop: with OK when what waited here has all
// been sent, so that whoever makes values in large numbers can stop at some
// size() and go on then; with Disconnected when the receiver is gone, as its
// last call, and what waited is dropped; with any other error of a Sender for a
// value that could not be sent, which is dropped.
//
// Owns the sender: destroying this drops it with what waits. The callback may
// do so itself. Move-only; used on the loop's thread only, and not longer than
// the reactor.
template <class T>
class SendQueue {
 public:
  using Callback = absl::AnyInvocable<void(const absl::Status&)>;

  // RESOURCE_EXHAUSTED, FAILED_PRECONDITION as waitable() and NewWatch() have
  // them; the sender is gone then.
  static absl::StatusOr<SendQueue> Make(ipc_channel::Reactor& reactor,
                                        ipc_channel::Sender<T> sender,
                                        Callback callback) {
    auto state = std::make_shared<State>();
    state->sender = std::move(sender);
    state->callback = std::move(callback);
    auto descriptor = state->sender.waitable();
    if (!descriptor.ok()) return descriptor.status();
    auto watch = reactor.NewWatch(*descriptor, state->sender.interest(),
                                  [state = state.get()] { state->Send(); });
    if (!watch.ok()) return watch.status();
    state->watch = *std::move(watch);
    return SendQueue(std::move(state));
  }

  SendQueue(SendQueue&&) = default;
  SendQueue& operator=(SendQueue&& other) {
    if (this != &other) Stop();
    state_ = std::move(other.state_);
    return *this;
  }
  ~SendQueue() { Stop(); }

  // Sends now, or once there is room. After an error, which is that of a
  // Sender's TrySend(), the value is dropped. FAILED_PRECONDITION after
  // Finish(), and once the callback was told Disconnected.
  absl::Status Send(T value) { return state_->SendOrQueue(std::move(value)); }

  // The number of values that wait for room.
  std::size_t size() const { return state_->values.size(); }

  // No more values: the sender is dropped as soon as all have been sent.
  void Finish() {
    state_->is_finished = true;
    if (state_->values.empty()) state_->Close();
  }

 private:
  // Values that are sent before the rest of the loop has its turn.
  static constexpr int kValuesPerTurn = 16;

  struct State : std::enable_shared_from_this<State> {
    absl::Status SendOrQueue(T&& value) {
      if (is_finished || watch == nullptr) {
        return absl::FailedPreconditionError("the queue has been closed");
      }
      if (values.empty()) {
        absl::Status sent = sender.TrySend(std::move(value));
        if (!ipc_channel::IsFull(sent)) return sent;
        watch->Arm(sender.deadline());
      }
      values.push_back(std::move(value));
      return absl::OkStatus();
    }

    void Send() {
      const auto keep = this->shared_from_this();  // whatever callback() does
      for (int i = 0; i < kValuesPerTurn && !values.empty(); ++i) {
        absl::Status sent = sender.TrySend(std::move(values.front()));
        if (ipc_channel::IsFull(sent)) return watch->Arm(sender.deadline());
        values.pop_front();
        if (ipc_channel::IsDisconnected(sent)) Close();
        if (!sent.ok()) callback(sent);
        if (watch == nullptr) return;
      }
      if (!values.empty()) return watch->Arm(absl::InfinitePast());
      if (is_finished) Close();
      callback(absl::OkStatus());
    }

    void Close() {
      watch.reset();  // before the descriptor that it waits for
      values.clear();
      sender = {};
    }

    ipc_channel::Sender<T> sender;
    Callback callback;
    std::deque<T> values;
    bool is_finished = false;
    std::unique_ptr<ipc_channel::Watch> watch;  // null once closed
  };

  explicit SendQueue(std::shared_ptr<State> state) : state_(std::move(state)) {}

  void Stop() {
    if (state_ != nullptr) state_->Close();
  }

  std::shared_ptr<State> state_;
};

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_LOOPS_SEND_QUEUE_H_
