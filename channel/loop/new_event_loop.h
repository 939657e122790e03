#ifndef IPC_CHANNEL_CHANNEL_LOOP_NEW_EVENT_LOOP_H_
#define IPC_CHANNEL_CHANNEL_LOOP_NEW_EVENT_LOOP_H_

#include "ipc_channel/platforms/cxx20.h"

#include <memory>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/loop/event_loop.h"

namespace ipc_channel {

// The best loop there is for this system: an EpollReactor on Linux, a
// PollReactor elsewhere. RESOURCE_EXHAUSTED without descriptors or memory.
absl::StatusOr<std::unique_ptr<EventLoop>> NewEventLoop();

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_LOOP_NEW_EVENT_LOOP_H_
