#ifndef IPC_CHANNEL_CHANNEL_CORO_INTERNAL_WAIT_POINT_H_
#define IPC_CHANNEL_CHANNEL_CORO_INTERNAL_WAIT_POINT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro::internal {

// Who waits at a WaitPoint.
class PointWaiter {
 public:
  // The point may be worth a look, and is still waited at. To be called by the
  // loop only: whoever finds what he waited for is resumed in here.
  virtual void OnReady() = 0;
  // The point is no more, and is not waited at any more.
  virtual void OnAbandoned() = 0;

 protected:
  ~PointWaiter() = default;
};

// Where one coroutine at a time waits for one end of a channel, or for a set:
// a Watch that lasts, and who is to be told. Derived classes have the end as a
// base class before this one, so that the Watch goes first.
//
// Thread-compatible.
class WaitPoint {
 public:
  WaitPoint() = default;
  WaitPoint(const WaitPoint&) = delete;
  WaitPoint& operator=(const WaitPoint&) = delete;
  virtual ~WaitPoint() = default;

  // To be called first. As Reactor::NewWatch().
  absl::Status Open(Reactor& reactor, transport::BorrowedFd descriptor,
                    transport::Interest interest);

  bool is_awaited() const { return waiter_ != nullptr; }

  // False if so many attempts have been made without going through the loop
  // that others must have their turn first.
  bool TakeTurn() {
    if (turns_ == 0) return false;
    --turns_;
    return true;
  }

  // Another number each time, for those who take turns with where they begin.
  std::size_t NextStart() { return start_++; }

  // From now on, and until Leave() or until it is abandoned, `waiter` is told
  // when the end may be ready, and at `look_at` at the latest.
  void Await(PointWaiter& waiter, absl::Time look_at) {
    waiter_ = &waiter;
    watch_->Arm(look_at);
  }
  void Leave();

  // Has the loop tell whoever waits that it may be worth a look.
  void Nudge() {
    if (is_awaited()) watch_->Arm(absl::InfinitePast());
  }

  // Destroys `point`; if somebody waits at it, only after he has been told, by
  // the loop.
  static void Abandon(std::unique_ptr<WaitPoint> point);

  struct Abandoner {
    void operator()(WaitPoint* point) const {
      Abandon(std::unique_ptr<WaitPoint>(point));
    }
  };

 private:
  // So many messages at a time are received by one coroutine while others
  // could do something.
  static constexpr int kTurns = 32;

  void OnReady();

  std::unique_ptr<Watch> watch_;
  PointWaiter* waiter_ = nullptr;
  int turns_ = kTurns;
  std::size_t start_ = 0;
  bool is_abandoned_ = false;
};

}  // namespace ipc_channel::coro::internal

#endif  // IPC_CHANNEL_CHANNEL_CORO_INTERNAL_WAIT_POINT_H_
