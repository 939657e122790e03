#ifndef IPC_CHANNEL_BOOTSTRAP_BOOTSTRAP_H_
#define IPC_CHANNEL_BOOTSTRAP_BOOTSTRAP_H_

// The whole of the bootstrap module: first contact between processes.

#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/bootstrap/connect.h"
#include "ipc_channel/bootstrap/connect_options.h"
#include "ipc_channel/bootstrap/duplex.h"
#include "ipc_channel/bootstrap/listener.h"
#include "ipc_channel/bootstrap/listener_options.h"
#include "ipc_channel/bootstrap/one_shot_server.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/bootstrap/peer_pidfd.h"

#endif  // IPC_CHANNEL_BOOTSTRAP_BOOTSTRAP_H_
