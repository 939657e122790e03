#ifndef IPC_CHANNEL_CHANNEL_LOOP_POLL_REACTOR_H_
#define IPC_CHANNEL_CHANNEL_LOOP_POLL_REACTOR_H_

#include "ipc_channel/platforms/cxx20.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/event_loop.h"
#include "ipc_channel/channel/loop/internal/poller.h"
#include "ipc_channel/transport/doorbell.h"

namespace ipc_channel {

// A loop (event_loop.h) that waits by poll(2), on every Unix: one system call
// for each turn, which looks at every watch that is armed. Has one descriptor
// of its own, or two where the system has no eventfd.
class PollReactor final : public EventLoop {
 public:
  // RESOURCE_EXHAUSTED without descriptors or memory.
  static absl::StatusOr<std::unique_ptr<PollReactor>> Create();

 private:
  PollReactor(std::unique_ptr<internal::Poller> poller,
              transport::Doorbell bell)
      : EventLoop(std::move(poller), std::move(bell)) {}
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_LOOP_POLL_REACTOR_H_
