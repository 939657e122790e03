#ifndef IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_OPTIONS_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_OPTIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <memory>

#include "absl/time/time.h"
#include "ipc_channel/channel/executor.h"

namespace ipc_channel {

// How a Router runs callbacks. A value type; thread-compatible.
struct RouterOptions {
  // Where callbacks run. Null: in threads of the router. Kept until the router
  // has been shut down.
  std::shared_ptr<Executor> executor = nullptr;

  // The most threads that a router without an executor has. With 1 callbacks
  // run strictly one after the other, and one that blocks holds up all; with n
  // that takes n of them at once. Less than 1 is that. One of them only
  // watches, and threads that nothing needs end.
  int max_threads = 32;

  // How long a callback may run before another thread goes on with the other
  // routes: at least this long, and as a rule less than twice as long. Less
  // than one millisecond is that; absl::InfiniteDuration() is never.
  absl::Duration blocked_after = absl::Milliseconds(10);
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_OPTIONS_H_
