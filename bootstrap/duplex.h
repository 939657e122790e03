#ifndef IPC_CHANNEL_BOOTSTRAP_DUPLEX_H_
#define IPC_CHANNEL_BOOTSTRAP_DUPLEX_H_

// First contact that gives each side a sender and a receiver.

#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/bootstrap/connect_duplex.h"
#include "ipc_channel/bootstrap/duplex_listener.h"
#include "ipc_channel/bootstrap/duplex_listener_options.h"
#include "ipc_channel/bootstrap/one_shot_duplex_server.h"

#endif  // IPC_CHANNEL_BOOTSTRAP_DUPLEX_H_
