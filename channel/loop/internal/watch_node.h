#ifndef IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_WATCH_NODE_H_
#define IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_WATCH_NODE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/list_hook.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

class EventLoop;

namespace internal {

// What a loop knows of one Watch. It stays where it is; the Watch may be gone
// while its callback runs. Thread-compatible.
struct WatchNode {
  static constexpr std::size_t kNotInHeap = static_cast<std::size_t>(-1);

  WatchNode(transport::BorrowedFd fd, transport::Interest what,
            absl::AnyInvocable<void()> call)
      : descriptor(fd), interest(what), callback(std::move(call)) {}

  EventLoop* loop = nullptr;               // null once that is gone
  const transport::BorrowedFd descriptor;  // invalid: only for the deadline
  const transport::Interest interest;
  absl::AnyInvocable<void()> callback;

  bool is_armed = false;  // and not yet among those that are to be called
  absl::Time deadline = absl::InfiniteFuture();
  std::size_t heap_index = kNotInHeap;
  ListHook<WatchNode> among_all{this};
  ListHook<WatchNode> among_due{this};  // linked: the callback is to be called

  int calls = 0;            // of the callback that are under way
  bool is_dropped = false;  // by the Watch, while one was

  // The poller's own.
  std::uint32_t slot = 0;
  transport::UniqueFd duplicate;
};

}  // namespace internal
}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_WATCH_NODE_H_
