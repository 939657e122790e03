#include "ipc_channel/channel/router/internal/core.h"

#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/callback_scope.h"
#include "ipc_channel/channel/router/internal/guarded_call.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::router_internal {

namespace {

// More would be too much for the clock.
constexpr absl::Duration kLongestBlock = absl::Hours(24 * 365);

absl::Status ThrewError() {
  return transport::OrOutOfMemory(
      [] { return absl::InternalError("the callback threw an exception"); });
}

}  // namespace

absl::StatusOr<std::shared_ptr<Core>> Core::Create(
    const RouterOptions& options) {
  return transport::OrOutOfMemory(
      [&]() -> absl::StatusOr<std::shared_ptr<Core>> {
        absl::StatusOr<transport::Doorbell> doorbell =
            transport::Doorbell::Create();
        if (!doorbell.ok()) return doorbell.status();
        auto table = std::make_unique<RouteTable>();
        const absl::StatusOr<transport::BorrowedFd> waitable =
            table->waitable();
        if (!waitable.ok()) return waitable.status();
        return std::make_shared<Core>(options, *std::move(doorbell), *waitable,
                                      std::move(table));
      });
}

Core::Core(const RouterOptions& options, transport::Doorbell doorbell,
           transport::BorrowedFd waitable, std::unique_ptr<RouteTable> table)
    : max_threads_(
          options.executor == nullptr ? std::max(options.max_threads, 1) : 1),
      blocked_after_(std::clamp(options.blocked_after, absl::Milliseconds(1),
                                kLongestBlock)),
      has_executor_(options.executor != nullptr),
      waitable_(waitable),
      table_(std::move(table)),
      doorbell_(std::move(doorbell)),
      executor_(options.executor) {
  if (has_executor_) spares_.reserve(kBatch);
}

void Core::LeaveToParent(std::shared_ptr<Core> core) {
  [[maybe_unused]] auto* const kept =
      new std::shared_ptr<Core>(std::move(core));  // never destroyed
}

absl::StatusOr<std::uint64_t> Core::Add(transport::Receiver& receiver,
                                        std::unique_ptr<Handler> handler) {
  transport::MutexLock lock(mutex_);
  if (is_stopping_) {
    return transport::OrOutOfMemory([] {
      return absl::FailedPreconditionError("the router has been shut down");
    });
  }
  if (live_threads_ == 0) {
    absl::Status started = StartWorker();
    if (!started.ok()) return started;
  }
  return table_->Add(receiver, handler);
}

absl::Status Core::Remove(std::uint64_t id) {
  // Destroyed without the lock.
  std::unique_ptr<Route> erased;
  std::unique_ptr<Handler> handler;
  transport::Receiver receiver;
  transport::Message message;
  transport::MutexLock lock(mutex_);
  Route* const route = table_->Find(id);
  if (route == nullptr) {
    return transport::OrOutOfMemory(
        [] { return absl::InvalidArgumentError("no route of that name"); });
  }
  table_->TakeOut(*route);
  table_->End(*route);
  if (route->is_running) {
    // Whoever is in it destroys the rest.
    if (!has_executor_) receiver = std::move(route->receiver);
  } else if (route->is_queued) {
    handler = std::move(route->handler);
    receiver = std::move(route->receiver);
    message = std::move(route->message);
  } else {
    erased = table_->Erase(*route);
  }
  return absl::OkStatus();
}

RouterStats Core::stats() {
  transport::MutexLock lock(mutex_);
  RouterStats stats = stats_;
  stats.routes = table_->size();
  stats.forwards_waiting = table_->holding();
  stats.threads = live_threads_;
  return stats;
}

absl::Status Core::Shutdown(absl::Time deadline) {
  for (bool is_done = false; !is_done;) {
    std::uint64_t id = 0;
    {
      transport::MutexLock lock(mutex_);
      is_stopping_ = true;
      doorbell_.Ring();
      standby_wakes_.NotifyAll();
      Route* const route = table_->AnyLive();
      is_done = route == nullptr;
      if (!is_done) id = route->id;
    }
    if (!is_done) Remove(id).IgnoreError();
  }
  if (CallbackScope::IsIn(this)) return absl::OkStatus();
  std::shared_ptr<Executor> executor;
  std::list<std::thread> ended;
  {
    transport::MutexLock lock(mutex_);
    WaitUntilIdle(deadline);
    if (!IsIdle()) {
      gave_up_waiting_ = true;
      return transport::OrOutOfMemory([] {
        return absl::DeadlineExceededError("a callback is still running");
      });
    }
    executor = TurnOff();
    ended.swap(threads_);
  }
  for (std::thread& thread : ended) thread.join();
  return absl::OkStatus();
}

void Core::Release() {
  bool waits = !CallbackScope::IsIn(this);
  {
    transport::MutexLock lock(mutex_);
    if (gave_up_waiting_) waits = false;
  }
  Shutdown(waits ? absl::InfiniteFuture() : absl::InfinitePast()).IgnoreError();
  transport::MutexLock lock(mutex_);
  for (std::thread& thread : threads_) thread.detach();
  threads_.clear();
}

Verdict Core::Call(Handler& handler,
                   absl::FunctionRef<Verdict(Handler&)> call) {
  Verdict verdict;
  if (ReturnedFrom([&] { verdict = call(handler); })) return verdict;
  return Verdict::End(ThrewError());
}

Verdict Core::HandleMessage(Handler& handler, const absl::Status& status,
                            transport::Message& message) {
  if (transport::IsDisconnected(status)) return Verdict::End(status);
  return handler.OnMessage(status, message);
}

void Core::BeginCall() {
  ++calls_;
  ++stats_.callbacks_running;
}

void Core::EndCall() {
  --stats_.callbacks_running;
  if (is_stopping_ && IsIdle()) became_idle_.NotifyAll();
}

// What is to be destroyed, without the lock, before the first call.
transport::Receiver Core::DropIfOneShot(Route& route) {
  if (!route.handler->is_one_shot()) return {};
  table_->TakeOut(route);
  return std::move(route.receiver);
}

void Core::Count(const Verdict& verdict) {
  if (verdict.tally == Verdict::Tally::kDelivered) ++stats_.messages_delivered;
  if (verdict.tally == Verdict::Tally::kLost) ++stats_.messages_lost;
}

// What becomes of a route whose handler has returned.
void Core::Settle(Route& route, Verdict& verdict,
                  const absl::Status& of_event) {
  route.is_running = false;
  route.is_holding = verdict.next == Verdict::Next::kHold;
  if (route.is_ended || verdict.next == Verdict::Next::kEnd) {
    return Bury(route, verdict);
  }
  if (!absl::IsResourceExhausted(of_event)) {
    route.last_pause = absl::ZeroDuration();
  }
  if (route.is_holding) {
    table_->Rest(route, route.handler->WaitForRoom());
  } else if (absl::IsResourceExhausted(of_event) && route.watched_as == 0) {
    table_->Pause(route);
  } else {
    table_->PutBack(route);
  }
  if (route.is_resting && leader_waits_) doorbell_.Ring();
}

// Ends a route that nobody is in, and lets its code know.
void Core::Bury(Route& route, Verdict& verdict) {
  const bool was_removed = route.is_ended;
  table_->TakeOut(route);
  table_->End(route);
  std::unique_ptr<Route> dead = table_->Erase(route);
  mutex_.Unlock();
  {
    const CallbackScope scope(this);
    dead->receiver = {};
    if (!was_removed && !verdict.why.ok()) {
      ReturnedFrom([&] { dead->handler->OnClosed(verdict.why); });
    }
    dead.reset();
  }
  mutex_.Lock();
}

}  // namespace ipc_channel::router_internal
