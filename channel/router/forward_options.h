#ifndef IPC_CHANNEL_CHANNEL_ROUTER_FORWARD_OPTIONS_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_FORWARD_OPTIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace ipc_channel {

// Who is told of what becomes of a Router's forward. Move-only;
// thread-compatible. Both are called as callbacks of routes are (router.h).
struct ForwardOptions {
  // Called with the status of each message that could not be sent on: it was
  // lost on its way here, or it is over a limit of the sender, or has handles
  // in it that cannot travel over that channel, or the system has had no means
  // to send it for about a second.
  absl::AnyInvocable<void(absl::Status)> undeliverable = nullptr;

  // Called when the forward has ended, as that of a route. UNAVAILABLE also if
  // the receiver at the far end is gone.
  absl::AnyInvocable<void(absl::Status) &&> closed = nullptr;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_FORWARD_OPTIONS_H_
