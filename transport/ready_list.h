#ifndef IPC_CHANNEL_TRANSPORT_READY_LIST_H_
#define IPC_CHANNEL_TRANSPORT_READY_LIST_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <span>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::transport {

// The tokens of lanes that may have something to receive, each at most once,
// first come first served. One thread enrolls, takes and waits; any thread
// lists. Only enrolling takes memory: what a lane has to tell must not fail.
class ReadyList final : public ReadyListener {
 public:
  // `wake` ends a wait that is not in here, see SizeOrWakeNext(). Called from
  // any thread with a lock of this object held.
  explicit ReadyList(std::function<void()> wake = nullptr)
      : wake_(std::move(wake)) {}

  // Makes a place for `token`, which has none: it can be listed until Forget().
  void Enroll(std::uint64_t token);

  // Puts `token` at the end, unless it is in the list or has no place.
  void OnReady(std::uint64_t token) override;

  // Takes the oldest tokens, as many as there are and fit; gives their number.
  std::size_t Take(std::span<std::uint64_t> tokens);

  // Takes `token` out, wherever it stands, and its place with it.
  void Forget(std::uint64_t token);

  // Waits until the list is not empty or `deadline` has passed.
  void Wait(absl::Time deadline);

  // How many tokens there are. If none, the next that comes calls `wake`.
  std::size_t SizeOrWakeNext();

  // The same as a time to wait until: InfinitePast() if there are tokens.
  absl::Time DeadlineOrWakeNext() {
    return SizeOrWakeNext() > 0 ? absl::InfinitePast() : absl::InfiniteFuture();
  }

 private:
  struct Place {
    std::list<std::uint64_t>::iterator node;
    bool is_listed = false;
  };

  const std::function<void()> wake_;
  Mutex mutex_;
  CondVar token_arrived_;
  // Each token is in one of the two, and moves from one to the other.
  std::list<std::uint64_t> listed_ ABSL_GUARDED_BY(mutex_);
  std::list<std::uint64_t> idle_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::uint64_t, Place> places_ ABSL_GUARDED_BY(mutex_);
  bool wake_next_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_READY_LIST_H_
