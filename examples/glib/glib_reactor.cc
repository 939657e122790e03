#include "ipc_channel/examples/glib/glib_reactor.h"

#include <glib.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/examples/loops/task_queue.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {
namespace {

using ipc_channel::Watch;
using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::Interest;

using Callback = absl::AnyInvocable<void()>;

constexpr gint64 kNever = -1;
constexpr gint64 kNow = 0;

// When `deadline` is by GLib's clock.
gint64 ReadyTime(absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return kNever;
  const absl::Duration wait = deadline - absl::Now();
  if (wait <= absl::ZeroDuration()) return kNow;
  // Sums with the clock's time must not overflow. Too early does no harm.
  const absl::Duration bounded = std::min(wait, absl::Hours(1'000));
  return g_get_monotonic_time() +
         absl::ToInt64Microseconds(absl::Ceil(bounded, absl::Microseconds(1)));
}

GIOCondition Condition(Interest interest) {
  return interest == Interest::kReadable ? G_IO_IN : G_IO_OUT;
}

// Calls what the source was given, and keeps the source.
gboolean Dispatch(GSource* /*source*/, GSourceFunc call, gpointer data) {
  return call(data);
}

// Without functions to prepare and check, a source is ready when one of its
// descriptors is, or when its ready time has come. The deadline of a channel
// changes by what its owner does with it, and Watch::Arm() is told.
GSourceFuncs functions = {
    .prepare = nullptr,
    .check = nullptr,
    .dispatch = Dispatch,
    .finalize = nullptr,
    .closure_callback = nullptr,
    .closure_marshal = nullptr,
};

// A source that calls `call` with what `data` points at, which GLib deletes
// when the source has been destroyed and no such call is under way.
template <class Data>
GSource* Attach(GMainContext* context, void (*call)(Data&),
                std::unique_ptr<Data> data) {
  struct Bound {
    void (*call)(Data&);
    std::unique_ptr<Data> data;
  };
  GSource* const source = g_source_new(&functions, sizeof(GSource));
  g_source_set_callback(
      source,
      [](gpointer bound) -> gboolean {
        static_cast<Bound*>(bound)->call(*static_cast<Bound*>(bound)->data);
        return G_SOURCE_CONTINUE;
      },
      new Bound{call, std::move(data)},
      [](gpointer bound) { delete static_cast<Bound*>(bound); });
  g_source_attach(source, context);
  return source;
}

// What the source of a Watch has, while it is there and while it is called.
struct WatchState {
  GSource* source = nullptr;  // null once the Watch is gone
  BorrowedFd descriptor;
  Interest interest = Interest::kReadable;
  Callback callback;
  gpointer polled = nullptr;  // GLib's name for the descriptor while it polls
  bool is_armed = false;

  // Even one that is polled for no events is shown when the peer has hung up.
  void StopPolling() {
    if (polled != nullptr) g_source_remove_unix_fd(source, polled);
    polled = nullptr;
  }
};

void Fire(WatchState& state) {
  if (!state.is_armed) return;
  state.is_armed = false;
  g_source_set_ready_time(state.source, kNever);
  state.callback();
  // Most arm again at once: then GLib's list of descriptors stays as it is.
  if (state.source != nullptr && !state.is_armed) state.StopPolling();
}

class GlibWatch final : public Watch {
 public:
  GlibWatch(GMainContext* context, std::unique_ptr<WatchState> state)
      : state_(*state), source_(Attach(context, Fire, std::move(state))) {
    state_.source = source_;
  }

  ~GlibWatch() override {
    state_.source = nullptr;
    g_source_destroy(source_);  // and state_, if it is not called just now
    g_source_unref(source_);
  }

  void Arm(absl::Time deadline) override {
    state_.is_armed = true;
    g_source_set_ready_time(source_, ReadyTime(deadline));
    if (state_.polled != nullptr || !state_.descriptor.valid()) return;
    state_.polled = g_source_add_unix_fd(source_, state_.descriptor.get(),
                                         Condition(state_.interest));
  }

  void Disarm() override {
    state_.is_armed = false;
    g_source_set_ready_time(source_, kNever);
    state_.StopPolling();
  }

 private:
  WatchState& state_;
  GSource* const source_;
};

}  // namespace

GlibReactor::GlibReactor(GMainContext* context)
    : context_(context),
      wakeup_(Attach<std::shared_ptr<TaskQueue>>(
          context,
          [](std::shared_ptr<TaskQueue>& tasks) {
            g_source_set_ready_time(g_main_current_source(), kNever);
            tasks->Run();
          },
          std::make_unique<std::shared_ptr<TaskQueue>>(tasks_))) {}

GlibReactor::~GlibReactor() {
  tasks_->Close();
  g_source_destroy(wakeup_);
  g_source_unref(wakeup_);
}

void GlibReactor::Execute(Task task) {
  if (tasks_->Push(std::move(task))) g_source_set_ready_time(wakeup_, kNow);
}

absl::StatusOr<std::unique_ptr<Watch>> GlibReactor::NewWatch(
    BorrowedFd descriptor, Interest interest, Callback callback) {
  auto state = std::make_unique<WatchState>();
  state->descriptor = descriptor;
  state->interest = interest;
  state->callback = std::move(callback);
  return std::make_unique<GlibWatch>(context_, std::move(state));
}

}  // namespace loops
