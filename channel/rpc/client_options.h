#ifndef IPC_CHANNEL_CHANNEL_RPC_CLIENT_OPTIONS_H_
#define IPC_CHANNEL_CHANNEL_RPC_CLIENT_OPTIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <stop_token>

#include "absl/time/time.h"

namespace ipc_channel::rpc {

// What a Client (client.h) is to be. A value type.
struct ClientOptions {
  // The most calls at once that are sent and have no answer yet; at least 1.
  // Who would start another waits for a place, as for room in a channel. A
  // server refuses what is over its own limit (server_options.h).
  std::size_t max_calls = 256;
};

// One call. A value type.
struct CallOptions {
  // Until when there may be an answer. Travels with the request, so that the
  // server can know. Sending, too, waits no longer.
  absl::Time deadline = absl::InfiniteFuture();

  // Any thread may give the call up by a request to stop. Where that can be,
  // waiting for an answer takes a descriptor or two for the time.
  std::stop_token stop = {};
};

}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_CLIENT_OPTIONS_H_
