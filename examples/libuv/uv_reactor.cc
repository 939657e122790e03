#include "ipc_channel/examples/libuv/uv_reactor.h"

#include <uv.h>

#include <algorithm>
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

// libuv counts whole milliseconds, and from the start of the one that it is in:
// one more, so as not to be early.
std::uint64_t MillisecondsUntil(absl::Time deadline) {
  const absl::Duration wait = deadline - absl::Now();
  if (wait <= absl::ZeroDuration()) return 0;
  const absl::Duration bounded = std::min(wait, absl::Hours(1'000));
  return static_cast<std::uint64_t>(absl::ToInt64Milliseconds(
             absl::Ceil(bounded, absl::Milliseconds(1)))) +
         1;
}

int Events(Interest interest) {
  return interest == Interest::kReadable ? UV_READABLE : UV_WRITABLE;
}

// The two handles of a Watch, which are libuv's until they have been closed.
struct WatchHandles {
  uv_poll_t poll;  // unused if there is no descriptor to wait for
  uv_timer_t timer;
  bool has_descriptor = false;
  int events = 0;
  std::shared_ptr<Callback> callback;  // null once the Watch is gone
  bool is_armed = false;
  int open = 0;

  void StopPolling() {
    if (has_descriptor) uv_poll_stop(&poll);
  }

  void Fire() {
    if (!is_armed) return;
    is_armed = false;
    uv_timer_stop(&timer);
    const auto keep = callback;  // it may destroy the Watch
    (*keep)();
    // Most arm again at once: then the kernel need not be told.
    if (callback != nullptr && !is_armed) StopPolling();
  }
};

WatchHandles& HandlesOf(void* handle) {
  return *static_cast<WatchHandles*>(static_cast<uv_handle_t*>(handle)->data);
}

// An error is something that an attempt finds out, as readiness is. libuv has
// stopped polling then.
void OnPoll(uv_poll_t* poll, int /*status*/, int /*events*/) {
  HandlesOf(poll).Fire();
}

void OnTimer(uv_timer_t* timer) { HandlesOf(timer).Fire(); }

void OnClosed(uv_handle_t* handle) {
  WatchHandles* const handles = &HandlesOf(handle);
  if (--handles->open == 0) delete handles;
}

class UvWatch final : public Watch {
 public:
  UvWatch(WatchHandles* handles, LoopDescriptors::Loan loan)
      : loan_(std::move(loan)), handles_(handles) {}

  ~UvWatch() override {
    handles_->is_armed = false;
    handles_->callback = nullptr;
    Close(&handles_->timer);
    // Once this returns libuv has let go of the descriptor.
    if (handles_->has_descriptor) Close(&handles_->poll);
  }

  void Arm(absl::Time deadline) override {
    handles_->is_armed = true;
    StartTimer(deadline);
    if (!handles_->has_descriptor || uv_is_active(Base(&handles_->poll))) {
      return;
    }
    uv_poll_start(&handles_->poll, handles_->events, OnPoll);
  }

  void Disarm() override {
    handles_->is_armed = false;
    uv_timer_stop(&handles_->timer);
    handles_->StopPolling();
  }

 private:
  template <class Handle>
  static uv_handle_t* Base(Handle* handle) {
    return reinterpret_cast<uv_handle_t*>(handle);
  }

  template <class Handle>
  static void Close(Handle* handle) {
    uv_close(Base(handle), OnClosed);
  }

  void StartTimer(absl::Time deadline) {
    if (deadline == absl::InfiniteFuture()) {
      uv_timer_stop(&handles_->timer);
      return;
    }
    uv_update_time(handles_->timer.loop);  // from which libuv counts
    uv_timer_start(&handles_->timer, OnTimer, MillisecondsUntil(deadline), 0);
  }

  LoopDescriptors::Loan loan_;
  WatchHandles* const handles_;
};

}  // namespace

struct UvReactor::Wakeup {
  uv_async_t async;
  std::shared_ptr<TaskQueue> tasks;
};

absl::StatusOr<std::unique_ptr<UvReactor>> UvReactor::Make(uv_loop_t* loop) {
  auto tasks = std::make_shared<TaskQueue>();
  auto wakeup = std::make_unique<Wakeup>();
  wakeup->tasks = tasks;
  wakeup->async.data = wakeup.get();
  const int error = uv_async_init(loop, &wakeup->async, [](uv_async_t* async) {
    const auto tasks = static_cast<Wakeup*>(async->data)->tasks;
    tasks->Run();
  });
  if (error != 0) return ErrnoToStatus(-error, "uv_async_init");
  return std::unique_ptr<UvReactor>(
      new UvReactor(loop, wakeup.release(), std::move(tasks)));
}

UvReactor::UvReactor(uv_loop_t* loop, Wakeup* wakeup,
                     std::shared_ptr<TaskQueue> tasks)
    : loop_(loop), tasks_(std::move(tasks)), wakeup_(wakeup) {}

UvReactor::~UvReactor() {
  tasks_->Close();
  uv_close(
      reinterpret_cast<uv_handle_t*>(&wakeup_->async),
      [](uv_handle_t* async) { delete static_cast<Wakeup*>(async->data); });
}

void UvReactor::Execute(Task task) {
  if (tasks_->Push(std::move(task))) uv_async_send(&wakeup_->async);
}

absl::StatusOr<std::unique_ptr<Watch>> UvReactor::NewWatch(
    BorrowedFd descriptor, Interest interest, Callback callback) {
  auto loan = descriptors_.Take(descriptor);
  if (!loan.ok()) return loan.status();
  auto handles = std::make_unique<WatchHandles>();
  handles->events = Events(interest);
  handles->callback = std::make_shared<Callback>(std::move(callback));
  if (loan->valid()) {
    const int error = uv_poll_init(loop_, &handles->poll, loan->get());
    if (error != 0) return ErrnoToStatus(-error, "uv_poll_init");
    handles->poll.data = handles.get();
    handles->has_descriptor = true;
    ++handles->open;
  }
  uv_timer_init(loop_, &handles->timer);
  handles->timer.data = handles.get();
  ++handles->open;
  return std::make_unique<UvWatch>(handles.release(), *std::move(loan));
}

}  // namespace loops
