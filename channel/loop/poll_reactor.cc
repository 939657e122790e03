#include "ipc_channel/channel/loop/poll_reactor.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/internal/poll_poller.h"
#include "ipc_channel/transport/doorbell.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel {

absl::StatusOr<std::unique_ptr<PollReactor>> PollReactor::Create() {
  using Result = absl::StatusOr<std::unique_ptr<PollReactor>>;
  return transport::OrOutOfMemory([]() -> Result {
    absl::StatusOr<transport::Doorbell> bell = transport::Doorbell::Create();
    if (!bell.ok()) return bell.status();
    std::unique_ptr<PollReactor> loop(new PollReactor(
        std::make_unique<internal::PollPoller>(), *std::move(bell)));
    absl::Status started = loop->Start();
    if (!started.ok()) return started;
    return loop;
  });
}

}  // namespace ipc_channel
