#ifndef IPC_CHANNEL_CHANNEL_LOOP_LOOP_H_
#define IPC_CHANNEL_CHANNEL_LOOP_LOOP_H_

// What channels need of a loop, and small loops that have it. That of one
// system alone is not among them: epoll_reactor.h.

#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/channel/loop/event_loop.h"
#include "ipc_channel/channel/loop/new_event_loop.h"
#include "ipc_channel/channel/loop/poll_reactor.h"
#include "ipc_channel/channel/loop/reactor.h"

#endif  // IPC_CHANNEL_CHANNEL_LOOP_LOOP_H_
