#ifndef IPC_CHANNEL_CHANNEL_CORO_ASYNC_RECEIVER_SET_H_
#define IPC_CHANNEL_CHANNEL_CORO_ASYNC_RECEIVER_SET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/internal/attempt.h"
#include "ipc_channel/channel/coro/internal/errors.h"
#include "ipc_channel/channel/coro/internal/wait_point.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro {
namespace internal {

struct HeldSet {
  ReceiverSet set;
};

struct SetPoint final : HeldSet, WaitPoint {};

class SetAwaiter final : public Attempt {
 public:
  using Events = std::span<ReceiverSet::Event>;

  SetAwaiter(SetPoint* point, absl::Time deadline)
      : Attempt(point, deadline), point_(point) {}

  absl::StatusOr<Events> await_resume() { return std::move(events_); }

 private:
  bool Try() override {
    events_ = point_->set.TrySelect();
    return !events_.ok() || !events_->empty();
  }
  absl::Time LookAt() override { return point_->set.deadline(); }
  void Fail(absl::Status error) override { events_ = std::move(error); }

  SetPoint* const point_;
  absl::StatusOr<Events> events_ = Events();
};

}  // namespace internal

// A ReceiverSet (receiver_set.h) that a coroutine selects from, in a loop: one
// watch for thousands of channels.
//
//   absl::StatusOr<std::span<ReceiverSet::Event>> events =
//       co_await set.Select();
//
// Resumes, takes turns and allocates as an AsyncReceiver does, one coroutine at
// a time. While it waits, others may add receivers and remove them.
//
// Destroying this destroys the receivers in it. If a coroutine waits, that
// happens after the loop has resumed it with CANCELLED.
//
// Move-only, also while a coroutine waits; for the loop's thread. Must not
// outlive its reactor. A moved-from one can only be assigned to or destroyed.
class [[nodiscard]] AsyncReceiverSet {
 public:
  using Id = ReceiverSet::Id;
  using Event = ReceiverSet::Event;

  // Takes `set` with what is in it. After an error it is still the caller's:
  // RESOURCE_EXHAUSTED without descriptors, kernel watches or memory;
  // UNIMPLEMENTED if nothing can be waited for in this build.
  static absl::StatusOr<AsyncReceiverSet> Create(Reactor& reactor,
                                                 ReceiverSet&& set) {
    return transport::OrOutOfMemory([&] { return Make(reactor, set); });
  }
  // The same of an empty set.
  static absl::StatusOr<AsyncReceiverSet> Create(Reactor& reactor) {
    return Create(reactor, ReceiverSet());
  }

  // As those of ReceiverSet.
  template <class T>
  absl::StatusOr<Id> Add(Receiver<T>&& receiver) {
    absl::StatusOr<Id> id = point_->set.Add(std::move(receiver));
    point_->Nudge();
    return id;
  }
  absl::StatusOr<Id> Add(OpaqueReceiver&& receiver) {
    absl::StatusOr<Id> id = point_->set.Add(std::move(receiver));
    point_->Nudge();
    return id;
  }
  absl::StatusOr<OpaqueReceiver> Remove(Id id) {
    return point_->set.Remove(id);
  }
  template <class T>
  absl::StatusOr<Receiver<T>> Remove(Id id) {
    return point_->set.template Remove<T>(id);
  }
  std::size_t size() const { return point_->set.size(); }
  bool empty() const { return point_->set.empty(); }

  // co_await gives what the functions of these names of ReceiverSet give: one
  // event or more, which are valid until the next Select. Other than those it
  // waits in an empty set too, for what others may add. And:
  //
  //   FAILED_PRECONDITION  another coroutine waits for it
  //   CANCELLED            this was destroyed while the coroutine waited
  [[nodiscard]] internal::SetAwaiter Select() {
    return SelectUntil(absl::InfiniteFuture());
  }
  [[nodiscard]] internal::SetAwaiter SelectFor(absl::Duration timeout) {
    return SelectUntil(absl::Now() + timeout);
  }
  [[nodiscard]] internal::SetAwaiter SelectUntil(absl::Time deadline) {
    return internal::SetAwaiter(point_.get(), deadline);
  }

 private:
  using Point = internal::SetPoint;

  explicit AsyncReceiverSet(std::unique_ptr<Point> point)
      : point_(point.release()) {}

  static absl::StatusOr<AsyncReceiverSet> Make(Reactor& reactor,
                                               ReceiverSet& set) {
    const absl::StatusOr<transport::BorrowedFd> waitable = set.waitable();
    if (!waitable.ok()) return waitable.status();
    auto point = std::make_unique<Point>();
    absl::Status opened = point->Open(reactor, *waitable, set.interest());
    if (!opened.ok()) return opened;
    point->set = std::move(set);
    return AsyncReceiverSet(std::move(point));
  }

  std::unique_ptr<Point, internal::WaitPoint::Abandoner> point_;
};

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_ASYNC_RECEIVER_SET_H_
