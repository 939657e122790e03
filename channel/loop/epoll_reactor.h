#ifndef IPC_CHANNEL_CHANNEL_LOOP_EPOLL_REACTOR_H_
#define IPC_CHANNEL_CHANNEL_LOOP_EPOLL_REACTOR_H_

#include "ipc_channel/platforms/cxx20.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/event_loop.h"
#include "ipc_channel/channel/loop/internal/epoll_poller.h"
#include "ipc_channel/transport/doorbell.h"

namespace ipc_channel {

// A loop (event_loop.h) that waits by epoll(7): one system call for each turn,
// whatever the number of watches, and one more only where a watch that is to
// become writable is armed. Has two descriptors of its own, and one more for
// each watch after the first of one descriptor. Linux only.
class EpollReactor final : public EventLoop {
 public:
  // RESOURCE_EXHAUSTED without descriptors, memory or kernel watches.
  static absl::StatusOr<std::unique_ptr<EpollReactor>> Create();

 private:
  EpollReactor(std::unique_ptr<internal::EpollPoller> poller,
               transport::Doorbell bell)
      : EventLoop(std::move(poller), std::move(bell)) {}
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_LOOP_EPOLL_REACTOR_H_
