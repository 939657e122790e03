#ifndef IPC_CHANNEL_CHANNEL_CORO_CORO_H_
#define IPC_CHANNEL_CHANNEL_CORO_CORO_H_

#include "ipc_channel/platforms/cxx20.h"

// Awaiting channels in C++20 coroutines, in any loop that is a Reactor
// (channel/loop/reactor.h).
//
// What is awaited here is an awaitable as the language has it: it can be
// awaited in the coroutines of other libraries, and theirs in a Task. Nothing
// depends on senders; who uses stdexec can take any of these as a sender there
// (it does that with awaitables by itself).

#include "ipc_channel/channel/coro/async_receiver.h"
#include "ipc_channel/channel/coro/async_receiver_set.h"
#include "ipc_channel/channel/coro/async_sender.h"
#include "ipc_channel/channel/coro/block_on.h"
#include "ipc_channel/channel/coro/generator.h"
#include "ipc_channel/channel/coro/select.h"
#include "ipc_channel/channel/coro/sleep.h"
#include "ipc_channel/channel/coro/spawn.h"
#include "ipc_channel/channel/coro/stream.h"
#include "ipc_channel/channel/coro/task.h"
#include "ipc_channel/channel/coro/task_group.h"
#include "ipc_channel/channel/coro/when_all.h"
#include "ipc_channel/channel/coro/with_timeout.h"

#endif  // IPC_CHANNEL_CHANNEL_CORO_CORO_H_
