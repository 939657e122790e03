#ifndef IPC_CHANNEL_IPC_CHANNEL_H_
#define IPC_CHANNEL_IPC_CHANNEL_H_

// Typed channels and first contact between processes: what most users need.

#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/bootstrap/bootstrap.h"
#include "ipc_channel/channel/channel.h"

#endif  // IPC_CHANNEL_IPC_CHANNEL_H_
