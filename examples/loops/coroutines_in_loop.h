#ifndef IPC_CHANNEL_EXAMPLES_LOOPS_COROUTINES_IN_LOOP_H_
#define IPC_CHANNEL_EXAMPLES_LOOPS_COROUTINES_IN_LOOP_H_

#include "absl/functional/function_ref.h"
#include "ipc_channel/channel/loop/reactor.h"

namespace loops {

// Lets coroutines in `reactor` send to each other over channels with little
// room, some of which wait at any time, and gives how many of 1000 messages
// arrived in order. `run_once` lets the loop go round once, and may wait.
int CountWhatCoroutinesReceive(ipc_channel::Reactor& reactor,
                               absl::FunctionRef<void()> run_once);

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_LOOPS_COROUTINES_IN_LOOP_H_
