#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_CORE_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_CORE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/executor.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/channel/router/internal/route.h"
#include "ipc_channel/channel/router/internal/route_table.h"
#include "ipc_channel/channel/router/internal/wait_for_any.h"
#include "ipc_channel/channel/router/router_options.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutex.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::router_internal {

// What a Router is, apart from types: its routes and its threads. Threads and
// tasks share it with the Router, so that one that is stuck in a callback finds
// it when it returns, whatever has become of the Router.
//
// One thread, the leader, waits for messages and runs the callbacks, or posts
// them to the executor. Without an executor another, the standby, sleeps while
// no callback runs, and otherwise looks now and then whether the leader is
// still in the same call. Then it takes the lead, with what the leader has
// received and not yet handled; the former leader is left with the route that
// it is in, and becomes the standby once it is back, or ends if there is one.
//
// Nobody waits, and no user's code runs or is destroyed, while the lock is
// held. Thread-safe.
class Core : public std::enable_shared_from_this<Core> {
 public:
  // RESOURCE_EXHAUSTED without descriptors or memory; UNIMPLEMENTED where
  // nothing can be waited for.
  static absl::StatusOr<std::shared_ptr<Core>> Create(
      const RouterOptions& options);

  Core(const RouterOptions& options, transport::Doorbell doorbell,
       transport::BorrowedFd waitable, std::unique_ptr<RouteTable> table);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // False in a forked child: there nothing else may be called, since a lock may
  // be held for ever.
  bool IsOurs() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return doorbell_.IsOurs();
  }

  // In a forked child: keeps `core` for good. The threads of the parent are not
  // here, and may have left anything half done.
  static void LeaveToParent(std::shared_ptr<Core> core);

  // As Router's functions. After an error `receiver` is still the caller's.
  absl::StatusOr<std::uint64_t> Add(transport::Receiver& receiver,
                                    std::unique_ptr<Handler> handler);
  absl::Status Remove(std::uint64_t id);
  RouterStats stats();

  // Ends all routes, and waits until no callback runs and no thread is left;
  // not at all in a callback. DEADLINE_EXCEEDED: callbacks go on.
  absl::Status Shutdown(absl::Time deadline);
  // The same, but does not wait for whom a Shutdown() has waited in vain. The
  // last call.
  void Release();

 private:
  class Task;

  using Event = RouteTable::Event;

  static constexpr std::size_t kBatch = 16;
  // What a wait is for, before the entries of the routes that rest.
  static constexpr std::size_t kOwnEntries = 2;
  // What one task handles at most.
  static constexpr int kTaskBudget = 16;

  // What a thread needs. Guarded by the lock, but for the message at hand.
  struct Worker {
    // What a wait takes at the least must not fail.
    Worker() { entries.reserve(kOwnEntries); }

    std::vector<Event> events = std::vector<Event>(kBatch);
    std::size_t next = 0;            // of the events that are to be handled
    std::size_t count = 0;           // of events
    bool was_full = false;           // there may be more without waiting
    std::size_t awake_in_a_row = 0;  // handled since the last receive
    bool is_busy = false;            // in users' code
    bool is_blocked = false;
    Route* route = nullptr;  // whose code that is, unless it has ended
    absl::Time not_before = absl::InfinitePast();
    std::vector<WaitEntry> entries;
    std::vector<std::uint64_t> resting;  // whose entries come last
  };

  // Threads (core_threads.cc).
  static absl::StatusOr<std::list<std::thread>> NewThread(
      std::shared_ptr<Core> core);
  absl::Status StartWorker() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunWorker(Worker& me);
  void LeaveRole(const Worker& me) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DetachThisThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Executor> TurnOff() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StandBy(Worker& me) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WatchForAWhile() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeTheLead(Worker& me) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellStandby() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitUntilIdle(absl::Time deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The leader (core_lead.cc).
  void Lead(Worker& me) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wait(Worker& me) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ListEntries(Worker& me) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadEntries(Worker& me) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Receive(Worker& me) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void HandleEvent(Worker& me, Event& event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void HandleAwake(Worker& me, Route& route)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run(Worker& me, Route& route, const absl::Status& of_event,
           absl::FunctionRef<Verdict(Handler&)> call)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Tasks of the executor (core_tasks.cc).
  void Post(Route& route) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunTask(Route& route);
  void DropTask(Route& route);
  Verdict HandleSome(Route& route) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StoreEvent(Route& route, Event& event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RecycleMessage(Route& route) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Either way.
  static Verdict Call(Handler& handler,
                      absl::FunctionRef<Verdict(Handler&)> call);
  static Verdict HandleMessage(Handler& handler, const absl::Status& status,
                               transport::Message& message);
  void BeginCall() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndCall() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  transport::Receiver DropIfOneShot(Route& route)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Count(const Verdict& verdict) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Settle(Route& route, Verdict& verdict, const absl::Status& of_event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Bury(Route& route, Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int max_threads_;
  const absl::Duration blocked_after_;
  const bool has_executor_;
  const transport::BorrowedFd waitable_;

  transport::Mutex mutex_;
  const std::unique_ptr<RouteTable> table_ ABSL_PT_GUARDED_BY(mutex_);
  transport::Doorbell doorbell_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Executor> executor_ ABSL_GUARDED_BY(mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool gave_up_waiting_ ABSL_GUARDED_BY(mutex_) = false;

  std::list<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::size_t live_threads_ ABSL_GUARDED_BY(mutex_) = 0;
  Worker* leader_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Worker* standby_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool leader_waits_ ABSL_GUARDED_BY(mutex_) = false;
  bool standby_is_coming_ ABSL_GUARDED_BY(mutex_) = false;
  bool standby_sleeps_ ABSL_GUARDED_BY(mutex_) = true;
  absl::Time no_standby_before_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  transport::CondVar standby_wakes_;
  transport::CondVar became_idle_;

  std::uint64_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<transport::Message> spares_ ABSL_GUARDED_BY(mutex_);
  RouterStats stats_ ABSL_GUARDED_BY(mutex_);  // what is counted as it happens
};

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_CORE_H_
