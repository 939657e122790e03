// The thread that waits for messages.

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/cleanup/cleanup.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/callback_scope.h"
#include "ipc_channel/channel/router/internal/core.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/channel/router/internal/route.h"
#include "ipc_channel/channel/router/internal/wait_for_any.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::router_internal {
namespace {

// For a system that has no memory for waiting.
constexpr absl::Duration kPause = absl::Milliseconds(10);

}  // namespace

void Core::Lead(Worker& me) {
  while (!is_stopping_ && leader_ == &me) {
    if (me.next < me.count) {
      HandleEvent(me, me.events[me.next++]);
      continue;
    }
    Route* const awake =
        table_->resting().empty() ? nullptr : table_->NextAwake(absl::Now());
    if (awake != nullptr) {
      HandleAwake(me, *awake);
      // However many there are, they take turns with what comes.
      if (++me.awake_in_a_row < kBatch) continue;
    } else {
      Wait(me);
    }
    if (!is_stopping_ && leader_ == &me) Receive(me);
  }
}

void Core::Wait(Worker& me) {
  // What was full has more, so that a wait would give at once.
  const bool is_paused = me.not_before > absl::InfinitePast();
  const absl::Time deadline = is_paused     ? me.not_before
                              : me.was_full ? absl::InfinitePast()
                                            : table_->deadline();
  if (deadline == absl::InfinitePast() && table_->resting().empty()) return;
  ListEntries(me);
  leader_waits_ = true;
  mutex_.Unlock();
  if (!WaitForAny(me.entries, deadline).ok()) absl::SleepFor(kPause);
  mutex_.Lock();
  leader_waits_ = false;
  doorbell_.Silence();
  ReadEntries(me);
}

void Core::ListEntries(Worker& me) {
  const bool is_paused = me.not_before > absl::InfinitePast();
  me.entries.clear();
  me.resting.clear();
  const std::span<Route* const> resting = table_->resting();
  // Those that find no place are looked at when their time has come.
  transport::OrOutOfMemory([&] {
    me.entries.reserve(kOwnEntries + resting.size());
    me.resting.reserve(resting.size());
    return absl::OkStatus();
  }).IgnoreError();
  me.entries.push_back(
      {.descriptor = is_paused ? transport::BorrowedFd() : waitable_});
  me.entries.push_back({.descriptor = doorbell_.descriptor()});
  for (const Route* route : resting) {
    if (me.entries.size() == me.entries.capacity() ||
        me.resting.size() == me.resting.capacity()) {
      break;
    }
    me.entries.push_back({.descriptor = route->wait.descriptor,
                          .interest = route->wait.interest});
    me.resting.push_back(route->id);
  }
}

void Core::ReadEntries(Worker& me) {
  for (std::size_t i = 0; i < me.resting.size(); ++i) {
    if (!me.entries[kOwnEntries + i].is_ready) continue;
    Route* const route = table_->Find(me.resting[i]);
    if (route != nullptr && route->is_resting) route->is_ready = true;
  }
}

void Core::Receive(Worker& me) {
  me.next = me.count = 0;
  me.was_full = false;
  me.awake_in_a_row = 0;
  me.not_before = absl::InfinitePast();
  const absl::StatusOr<std::span<Event>> events = table_->Receive(me.events);
  if (events.ok()) {
    me.count = events->size();
    me.was_full = me.count == me.events.size();
  } else if (!absl::IsDeadlineExceeded(events.status())) {
    me.not_before = absl::Now() + kPause;
  }
}

void Core::HandleEvent(Worker& me, Event& event) {
  Route* const route = table_->FindWatched(event.id);
  if (route == nullptr) {  // removed meanwhile
    mutex_.Unlock();
    event.message.Clear();
    mutex_.Lock();
    return;
  }
  if (transport::IsDisconnected(event.status)) table_->ForgetClosed(*route);
  if (has_executor_) {
    StoreEvent(*route, event);
    Post(*route);
    return;
  }
  Run(me, *route, event.status, [&event](Handler& handler) {
    const absl::Cleanup clear = [&event] { event.message.Clear(); };
    return HandleMessage(handler, event.status, event.message);
  });
}

void Core::HandleAwake(Worker& me, Route& route) {
  if (!route.is_holding) {
    table_->PutBack(route);
  } else if (has_executor_) {
    Post(route);
  } else {
    Run(me, route, absl::OkStatus(),
        [&route](Handler& handler) { return handler.OnRoom(route.is_ready); });
  }
}

void Core::Run(Worker& me, Route& route, const absl::Status& of_event,
               absl::FunctionRef<Verdict(Handler&)> call) {
  route.is_running = true;
  me.route = &route;
  me.is_busy = true;
  BeginCall();
  TellStandby();
  transport::Receiver dropped = DropIfOneShot(route);
  mutex_.Unlock();
  Verdict verdict;
  {
    const CallbackScope scope(this);
    dropped = {};
    verdict = Call(*route.handler, call);
  }
  mutex_.Lock();
  me.route = nullptr;
  Count(verdict);
  Settle(route, verdict, of_event);
  me.is_busy = false;
  if (me.is_blocked) --stats_.callbacks_blocked;
  me.is_blocked = false;
  EndCall();
}

}  // namespace ipc_channel::router_internal
