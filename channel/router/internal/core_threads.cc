// The threads of a router and their roles.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/executor.h"
#include "ipc_channel/channel/router/internal/callback_scope.h"
#include "ipc_channel/channel/router/internal/core.h"
#include "ipc_channel/channel/router/internal/start_thread.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::router_internal {
namespace {

using SteadyClock = std::chrono::steady_clock;

// How long to do without a thread that the system did not start.
constexpr absl::Duration kBeforeTryingAgain = absl::Seconds(1);

}  // namespace

// In a list, so that keeping it cannot fail.
absl::StatusOr<std::list<std::thread>> Core::NewThread(
    std::shared_ptr<Core> core) {
  return transport::OrOutOfMemory(
      [&]() -> absl::StatusOr<std::list<std::thread>> {
        std::list<std::thread> node(1);
        absl::StatusOr<std::thread> thread =
            StartThread([core = std::move(core),
                         worker = std::make_unique<Worker>()]() mutable {
              core->RunWorker(*worker);
              worker.reset();
              core.reset();
            });
        if (!thread.ok()) return thread.status();
        node.front() = *std::move(thread);
        return node;
      });
}

absl::Status Core::StartWorker() {
  absl::StatusOr<std::list<std::thread>> thread = NewThread(shared_from_this());
  if (!thread.ok()) return thread.status();
  threads_.splice(threads_.end(), *thread);
  ++live_threads_;
  return absl::OkStatus();
}

void Core::RunWorker(Worker& me) {
  std::shared_ptr<Executor> executor;
  {
    transport::MutexLock lock(mutex_);
    standby_is_coming_ = false;
    while (!is_stopping_) {
      if (leader_ == nullptr) leader_ = &me;
      if (leader_ == &me) {
        Lead(me);
      } else if (standby_ == nullptr) {
        StandBy(me);
      } else {
        break;
      }
    }
    LeaveRole(me);
    if (!is_stopping_) DetachThisThread();
    --live_threads_;
    if (is_stopping_ && live_threads_ == 0) executor = TurnOff();
    if (IsIdle()) became_idle_.NotifyAll();
  }
  const CallbackScope scope(this);
  executor.reset();
}

void Core::LeaveRole(const Worker& me) {
  if (leader_ == &me) leader_ = nullptr;
  if (standby_ == &me) standby_ = nullptr;
}

// Nobody is going to join it.
void Core::DetachThisThread() {
  const auto found = std::find_if(
      threads_.begin(), threads_.end(), [](const std::thread& thread) {
        return thread.get_id() == std::this_thread::get_id();
      });
  found->detach();
  threads_.erase(found);
}

// Once no thread is left: closes what is open. The executor is to be destroyed
// without the lock.
std::shared_ptr<Executor> Core::TurnOff() {
  table_->CloseSet();
  return std::exchange(executor_, nullptr);
}

void Core::StandBy(Worker& me) {
  standby_ = &me;
  standby_sleeps_ = false;
  while (!is_stopping_ && standby_ == &me) {
    if (standby_sleeps_) {
      standby_wakes_.WaitUntil(mutex_, absl::InfiniteFuture());
      continue;
    }
    const std::uint64_t seen = calls_;
    WatchForAWhile();
    if (is_stopping_ || calls_ != seen) continue;
    if (leader_ != nullptr && leader_->is_busy) {
      TakeTheLead(me);
    } else {
      standby_sleeps_ = true;
    }
  }
}

void Core::WatchForAWhile() {
  const auto until =
      SteadyClock::now() + absl::ToChronoNanoseconds(blocked_after_);
  while (!is_stopping_ && SteadyClock::now() < until) {
    standby_wakes_.WaitFor(mutex_,
                           absl::FromChrono(until - SteadyClock::now()));
  }
}

void Core::TakeTheLead(Worker& me) {
  Worker& stuck = *leader_;
  stuck.is_blocked = true;
  ++stats_.callbacks_blocked;
  if (stuck.route != nullptr) table_->TakeOut(*stuck.route);
  me.next = me.count = 0;
  for (; stuck.next < stuck.count; ++stuck.next) {
    std::swap(me.events[me.count++], stuck.events[stuck.next]);
  }
  me.was_full = stuck.was_full;
  leader_ = &me;
  standby_ = nullptr;
}

// Somebody is to see whether this call takes too long.
void Core::TellStandby() {
  if (standby_ != nullptr) {
    if (standby_sleeps_) standby_wakes_.NotifyOne();
    standby_sleeps_ = false;
    return;
  }
  if (standby_is_coming_) return;
  if (live_threads_ >= static_cast<std::size_t>(max_threads_)) return;
  if (no_standby_before_ > absl::InfinitePast() &&
      absl::Now() < no_standby_before_) {
    return;
  }
  standby_is_coming_ = StartWorker().ok();
  no_standby_before_ = standby_is_coming_ ? absl::InfinitePast()
                                          : absl::Now() + kBeforeTryingAgain;
}

bool Core::IsIdle() const {
  return live_threads_ == 0 && stats_.callbacks_running == 0;
}

void Core::WaitUntilIdle(absl::Time deadline) {
  while (!IsIdle() && absl::Now() < deadline) {
    became_idle_.WaitUntil(mutex_, deadline);
  }
}

}  // namespace ipc_channel::router_internal
