#ifndef IPC_CHANNEL_CHANNEL_RPC_SERVER_OPTIONS_H_
#define IPC_CHANNEL_CHANNEL_RPC_SERVER_OPTIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

namespace ipc_channel::rpc {

// What a Server (server.h), of one client, is to be. A value type.
struct ServerOptions {
  // The most calls at once that were given and whose answers have not been
  // sent; at least 1. More are answered RESOURCE_EXHAUSTED. A call that the
  // client has cancelled counts until its object is gone. And the most of these
  // refusals that wait for room: a client that goes on to ask, and does not
  // read them, is hung up on.
  std::size_t max_calls = 256;
};

}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_SERVER_OPTIONS_H_
