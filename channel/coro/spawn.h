#ifndef IPC_CHANNEL_CHANNEL_CORO_SPAWN_H_
#define IPC_CHANNEL_CHANNEL_CORO_SPAWN_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/coro/internal/root.h"
#include "ipc_channel/channel/coro/task.h"
#include "ipc_channel/channel/loop/reactor.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::coro {

// A task that runs by itself in a loop (Spawn()). Destroying it destroys the
// task, which must not be the one that runs; whatever channels are only in it
// are closed by that. Move-only; for the loop's thread.
class [[nodiscard]] Spawned {
 public:
  // None.
  Spawned() = default;
  Spawned(Spawned&& other) noexcept
      : root_(std::exchange(other.root_, {})),
        status_(std::move(other.status_)) {}
  // Destroys the task that this had, as the destructor does.
  Spawned& operator=(Spawned&& other) noexcept {
    const Spawned old(std::move(*this));
    root_ = std::exchange(other.root_, {});
    status_ = std::move(other.status_);
    return *this;
  }
  ~Spawned() {
    if (root_) root_.destroy();
  }

  // Whether the task has ended, or could not be begun.
  bool done() const { return !root_ || root_.done(); }

  // Once it has ended, what it gave; OK of a Task<>. RESOURCE_EXHAUSTED if it
  // could not be begun, or ended by std::bad_alloc. OK before that.
  absl::Status status() const {
    if (!root_) return status_;
    return root_.done() ? root_.promise().status : absl::OkStatus();
  }

  // Lets it run on until it ends by itself. It must do so while its loop lives:
  // a task that still waits when the loop is gone is never resumed, and what is
  // in it is never freed. (A TaskGroup that is destroyed before the loop has no
  // such trouble.)
  void Detach() && {
    const internal::RootHandle root = std::exchange(root_, {});
    if (!root) return;
    root.promise().is_detached = true;
    if (root.done()) root.destroy();
  }

 private:
  template <class T>
  friend Spawned Spawn(Reactor& reactor, Task<T> task);

  explicit Spawned(absl::Status error) : status_(std::move(error)) {}

  absl::Status Begin(Reactor& reactor) {
    auto starter =
        reactor.NewWatch(transport::BorrowedFd(),
                         transport::Interest::kReadable, [root = root_] {
                           root.promise().starter.reset();
                           root.resume();
                         });
    if (!starter.ok()) return starter.status();
    root_.promise().starter = *std::move(starter);
    root_.promise().starter->Arm(absl::InfinitePast());
    return absl::OkStatus();
  }

  internal::RootHandle root_;
  absl::Status status_;
};

// Begins `task`, a Task<> or a Task<absl::Status>, in the next turn of the
// loop, and lets it run there by itself. For the loop's thread, or before it
// runs. The reactor outlives what is given.
template <class T>
Spawned Spawn(Reactor& reactor, Task<T> task) {
  Spawned spawned;
  absl::Status begun = transport::OrOutOfMemory([&] {
    spawned.root_ = internal::RunAsRoot(std::move(task)).handle;
    return spawned.Begin(reactor);
  });
  return begun.ok() ? std::move(spawned) : Spawned(std::move(begun));
}

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_SPAWN_H_
