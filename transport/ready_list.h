#ifndef IPC_CHANNEL_TRANSPORT_READY_LIST_H_
#define IPC_CHANNEL_TRANSPORT_READY_LIST_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <unordered_set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::transport {

// The tokens of lanes that may have something to receive, each at most once,
// first come first served. One thread takes and waits; any thread adds.
class ReadyList final : public ReadyListener {
 public:
  // `wake` ends a wait that is not in here, see SizeOrWakeNext(). Called from
  // any thread with a lock of this object held.
  explicit ReadyList(std::function<void()> wake = nullptr)
      : wake_(std::move(wake)) {}

  // Puts `token` at the end, unless it is in the list.
  void OnReady(std::uint64_t token) override;

  // Takes the oldest tokens, as many as there are and fit; gives their number.
  std::size_t Take(std::span<std::uint64_t> tokens);

  // Takes `token` out, wherever it stands.
  void Forget(std::uint64_t token);

  // Waits until the list is not empty or `deadline` has passed.
  void Wait(absl::Time deadline);

  // How many tokens there are. If none, the next that comes calls `wake`.
  std::size_t SizeOrWakeNext();

 private:
  const std::function<void()> wake_;
  Mutex mutex_;
  CondVar token_arrived_;
  std::deque<std::uint64_t> tokens_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<std::uint64_t> listed_ ABSL_GUARDED_BY(mutex_);
  bool wake_next_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_READY_LIST_H_
