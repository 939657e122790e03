#include "ipc_channel/channel/loop/epoll_reactor.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/internal/epoll_poller.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel {

absl::StatusOr<std::unique_ptr<EpollReactor>> EpollReactor::Create() {
  using Result = absl::StatusOr<std::unique_ptr<EpollReactor>>;
  return transport::OrOutOfMemory([]() -> Result {
    absl::StatusOr<transport::Doorbell> bell = transport::Doorbell::Create();
    if (!bell.ok()) return bell.status();
    absl::StatusOr<std::unique_ptr<internal::EpollPoller>> poller =
        internal::EpollPoller::Create();
    if (!poller.ok()) return poller.status();
    std::unique_ptr<EpollReactor> loop(
        new EpollReactor(*std::move(poller), *std::move(bell)));
    absl::Status started = loop->Start();
    if (!started.ok()) return started;
    return loop;
  });
}

}  // namespace ipc_channel
