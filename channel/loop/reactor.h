#ifndef IPC_CHANNEL_CHANNEL_LOOP_REACTOR_H_
#define IPC_CHANNEL_CHANNEL_LOOP_REACTOR_H_

#include "ipc_channel/platforms/cxx20.h"

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/executor.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// One thing that a loop waits for. Destroying it ends the waiting: after that
// its callback is not called, and is destroyed. A callback may destroy the
// Watch that called it (what it holds lives until it returns), arm it again, or
// do anything else on the loop.
//
// For the loop's thread. A callback must not destroy the loop.
class Watch {
 public:
  Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  virtual ~Watch() = default;

  // To be called only when an attempt at what is waited for (a TryRecv(), a
  // TrySend()) has just found nothing: WHAT WAS READY BEFORE NEED NOT BE SHOWN.
  // So a callback tries until there is nothing, and arms then. One that takes
  // some and lets others have their turn first arms with InfinitePast().
  //
  // From now on: one call of the callback, as soon as the descriptor is ready
  // or `deadline` has passed (InfiniteFuture(): never). Then it is disarmed.
  // Arming an armed one changes the deadline. A superfluous call may come now
  // and then. Never calls the callback itself. Allocates nothing and throws
  // nothing, in the loops of this folder; others may for want of memory.
  virtual void Arm(absl::Time deadline) = 0;

  // No call any more, until it is armed again.
  virtual void Disarm() = 0;
};

// What an event loop must be able to do so that channels can be awaited in it.
// epoll_reactor.h and poll_reactor.h are two small loops of this kind;
// examples/ shows it for the loops of Asio, GLib and libuv.
//
// Execute() is thread-safe, and runs tasks on the loop's thread, in order and
// never within the call. Everything else is for the loop's thread, callbacks
// and coroutines that run there included.
class Reactor : public Executor {
 public:
  // Waits for `descriptor` to be ready for `interest`, whenever the Watch is
  // armed; if it is not valid, only for the deadline. Starts disarmed. The
  // descriptor stays open while the Watch lives, which must not outlive the
  // reactor. `callback` does not throw. Any number of watches may be for one
  // descriptor.
  //
  //   RESOURCE_EXHAUSTED  no memory, descriptors or kernel watches for it
  virtual absl::StatusOr<std::unique_ptr<Watch>> NewWatch(
      transport::BorrowedFd descriptor, transport::Interest interest,
      absl::AnyInvocable<void()> callback) = 0;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_LOOP_REACTOR_H_
