#ifndef IPC_CHANNEL_BOOTSTRAP_DUPLEX_LISTENER_OPTIONS_H_
#define IPC_CHANNEL_BOOTSTRAP_DUPLEX_LISTENER_OPTIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "absl/time/time.h"
#include "ipc_channel/bootstrap/listener_options.h"

namespace ipc_channel {

// What a DuplexListener (duplex_listener.h) is to be. A value type.
struct DuplexListenerOptions {
  // Its name, who may connect, and how many. A client counts from when it has
  // connected and been let in, before it has opened.
  ListenerOptions listener = {};

  // The most clients at once that were let in and have not opened yet; each is
  // a descriptor. Beyond it one is dropped, the oldest of the process that has
  // the most of them, so that who floods the listener pushes out its own. At
  // least 1.
  std::size_t max_openings = 64;

  // How long one has for that. What ConnectDuplex() sends arrives with the
  // connection, so that an honest client waits for nothing.
  absl::Duration opening_timeout = absl::Seconds(10);
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_DUPLEX_LISTENER_OPTIONS_H_
