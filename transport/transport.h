#ifndef IPC_CHANNEL_TRANSPORT_TRANSPORT_H_
#define IPC_CHANNEL_TRANSPORT_TRANSPORT_H_

// The whole of the transport module: messages of bytes and handles between
// processes, without any serialization. Usable alone.

#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/poll_timeout.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

#endif  // IPC_CHANNEL_TRANSPORT_TRANSPORT_H_
