#include <memory>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/epoll_reactor.h"
#include "ipc_channel/channel/loop/event_loop.h"
#include "ipc_channel/channel/loop/new_event_loop.h"

namespace ipc_channel {

absl::StatusOr<std::unique_ptr<EventLoop>> NewEventLoop() {
  return EpollReactor::Create();
}

}  // namespace ipc_channel
