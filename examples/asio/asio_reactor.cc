#include "ipc_channel/examples/asio/asio_reactor.h"

#include <algorithm>
#include <asio.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/loops/loop_descriptor.h"
#include "ipc_channel/examples/loops/task_queue.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {
namespace {

using ipc_channel::Watch;
using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::ErrnoToStatus;
using ipc_channel::transport::Interest;

using Callback = absl::AnyInvocable<void()>;
using Descriptor = asio::posix::stream_descriptor;

std::chrono::nanoseconds Until(absl::Time deadline) {
  const absl::Duration wait = deadline - absl::Now();
  // Sums with the clock's time must not overflow. Too early does no harm.
  return absl::ToChronoNanoseconds(
      std::clamp(wait, absl::ZeroDuration(), absl::Hours(1'000)));
}

Descriptor::wait_type WaitType(Interest interest) {
  return interest == Interest::kReadable ? Descriptor::wait_read
                                         : Descriptor::wait_write;
}

// What is called by Asio may be called after the Watch is gone, so handlers
// share this.
struct WatchState {
  explicit WatchState(asio::io_context& loop) : descriptor(loop), timer(loop) {}

  Descriptor descriptor;  // not open if there is none to wait for
  asio::steady_timer timer;
  Descriptor::wait_type wait_type = Descriptor::wait_read;
  std::shared_ptr<Callback> callback;  // null once the Watch is gone
  bool is_armed = false;
  std::uint64_t round = 0;  // of arming: handlers of others come too late

  void Disarm() {
    if (!is_armed) return;
    is_armed = false;
    asio::error_code ignored;
    if (descriptor.is_open()) descriptor.cancel(ignored);
    timer.cancel();
  }

  void Fire(std::uint64_t fired_round) {
    if (!is_armed || fired_round != round) return;
    Disarm();
    const auto keep = callback;  // it may destroy the Watch
    (*keep)();
  }
};

class AsioWatch final : public Watch {
 public:
  AsioWatch(std::shared_ptr<WatchState> state, LoopDescriptors::Loan loan)
      : loan_(std::move(loan)), state_(std::move(state)) {}

  ~AsioWatch() override {
    state_->Disarm();
    state_->callback = nullptr;
    // It is not Asio's to close.
    if (state_->descriptor.is_open()) state_->descriptor.release();
  }

  void Arm(absl::Time deadline) override {
    if (!state_->is_armed) {
      state_->is_armed = true;
      ++state_->round;
      AwaitDescriptor();
    }
    AwaitDeadline(deadline);
  }

  void Disarm() override { state_->Disarm(); }

 private:
  void AwaitDescriptor() {
    if (!state_->descriptor.is_open()) return;
    state_->descriptor.async_wait(
        state_->wait_type, [state = state_, round = state_->round](
                               asio::error_code) { state->Fire(round); });
  }

  void AwaitDeadline(absl::Time deadline) {
    if (deadline == absl::InfiniteFuture()) {
      state_->timer.cancel();
      return;
    }
    state_->timer.expires_after(Until(deadline));  // ends an earlier wait
    state_->timer.async_wait(
        [state = state_, round = state_->round](asio::error_code error) {
          if (!error) state->Fire(round);
        });
  }

  LoopDescriptors::Loan loan_;
  std::shared_ptr<WatchState> state_;
};

}  // namespace

void AsioReactor::Execute(Task task) {
  if (!tasks_->Push(std::move(task))) return;
  asio::post(loop_, [tasks = tasks_] { tasks->Run(); });
}

absl::StatusOr<std::unique_ptr<Watch>> AsioReactor::NewWatch(
    BorrowedFd descriptor, Interest interest, Callback callback) {
  auto loan = descriptors_.Take(descriptor);
  if (!loan.ok()) return loan.status();
  auto state = std::make_shared<WatchState>(loop_);
  state->wait_type = WaitType(interest);
  state->callback = std::make_shared<Callback>(std::move(callback));
  if (loan->valid()) {
    asio::error_code error;
    state->descriptor.assign(loan->get(), error);
    if (error) return ErrnoToStatus(error.value(), "assign");
  }
  return std::make_unique<AsioWatch>(std::move(state), *std::move(loan));
}

}  // namespace loops
