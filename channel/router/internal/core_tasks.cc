// What a router has its executor do.

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/executor.h"
#include "ipc_channel/channel/router/internal/callback_scope.h"
#include "ipc_channel/channel/router/internal/core.h"
#include "ipc_channel/channel/router/internal/guarded_call.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/channel/router/internal/route.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/receiver.h"

namespace ipc_channel::router_internal {
namespace {

// False if there is nothing.
bool ReceiveNext(Route& route) {
  const absl::StatusOr<bool> received =
      route.receiver.TryReceive(route.message);
  route.status = received.status();
  return !received.ok() || *received;
}

}  // namespace

// The one task of a route that is with the executor. Destroyed without having
// been run it ends the route.
class Core::Task {
 public:
  Task(std::shared_ptr<Core> core, Route& route)
      : route_(std::move(core), &route) {}
  Task(Task&& other) noexcept = default;
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (route_ != nullptr) Finish(&Core::DropTask);
  }

  void operator()() && { Finish(&Core::RunTask); }

 private:
  void Finish(void (Core::*function)(Route&)) {
    const std::shared_ptr<Route> route = std::move(route_);
    Core& core = *route->core;
    if (core.IsOurs()) return (core.*function)(*route);
    LeaveToParent(core.shared_from_this());
  }

  // Shares the core, not the route. One pointer, for what is no larger needs no
  // memory as an Executor::Task: posting it does not fail.
  std::shared_ptr<Route> route_;
};

// The message is the route's now; a used buffer takes its place.
void Core::StoreEvent(Route& route, Event& event) {
  table_->TakeOut(route);
  route.status = event.status;
  route.message = std::move(event.message);
  if (spares_.empty()) return;
  event.message = std::move(spares_.back());
  spares_.pop_back();
}

void Core::RecycleMessage(Route& route) {
  transport::Message message = std::move(route.message);
  if (spares_.size() < spares_.capacity())
    spares_.push_back(std::move(message));
}

void Core::Post(Route& route) {
  static_assert(sizeof(Task) <= 2 * sizeof(void*));
  route.is_queued = true;
  route.core = this;
  ++stats_.tasks_outstanding;
  const std::shared_ptr<Executor> executor = executor_;
  mutex_.Unlock();
  {
    const CallbackScope scope(this);
    // If it throws, the task has been destroyed.
    ReturnedFrom([&] { executor->Execute(Task(shared_from_this(), route)); });
  }
  mutex_.Lock();
}

void Core::RunTask(Route& route) {
  transport::MutexLock lock(mutex_);
  --stats_.tasks_outstanding;
  route.is_queued = false;
  BeginCall();
  Verdict verdict;
  if (!route.is_ended) {
    route.is_running = true;
    verdict = HandleSome(route);
  }
  // What a removed route has received is destroyed with it, without the lock.
  if (!route.is_ended) RecycleMessage(route);
  const absl::Status status = route.status;
  Settle(route, verdict, status);
  EndCall();
}

void Core::DropTask(Route& route) {
  transport::MutexLock lock(mutex_);
  --stats_.tasks_outstanding;
  route.is_queued = false;
  BeginCall();
  Verdict verdict;
  Bury(route, verdict);
  EndCall();
}

// The message at hand, or the one that is held, and some that follow.
Verdict Core::HandleSome(Route& route) {
  Verdict verdict;
  bool has_next = true;
  for (int left = kTaskBudget; has_next && !route.is_ended; --left) {
    const bool resumes = std::exchange(route.is_holding, false);
    const bool was_ready = route.is_ready;
    transport::Receiver dropped = DropIfOneShot(route);
    mutex_.Unlock();
    {
      const CallbackScope scope(this);
      dropped = {};
      verdict = Call(*route.handler, [&](Handler& handler) {
        return resumes ? handler.OnRoom(was_ready)
                       : HandleMessage(handler, route.status, route.message);
      });
      route.message.Clear();
    }
    has_next = left > 1 && verdict.next == Verdict::Next::kGoOn &&
               !absl::IsResourceExhausted(route.status) && ReceiveNext(route);
    mutex_.Lock();
    Count(verdict);
  }
  return verdict;
}

}  // namespace ipc_channel::router_internal
