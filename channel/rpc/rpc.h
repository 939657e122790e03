#ifndef IPC_CHANNEL_CHANNEL_RPC_RPC_H_
#define IPC_CHANNEL_CHANNEL_RPC_RPC_H_

// Requests and responses over a connection for both directions.

#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/channel/rpc/client.h"
#include "ipc_channel/channel/rpc/client_options.h"
#include "ipc_channel/channel/rpc/incoming_call.h"
#include "ipc_channel/channel/rpc/messages.h"
#include "ipc_channel/channel/rpc/pending_call.h"
#include "ipc_channel/channel/rpc/server.h"
#include "ipc_channel/channel/rpc/server_options.h"
#include "ipc_channel/channel/rpc/server_status.h"

#endif  // IPC_CHANNEL_CHANNEL_RPC_RPC_H_
