#ifndef IPC_CHANNEL_BENCH_PEERS_INTERRUPTION_H_
#define IPC_CHANNEL_BENCH_PEERS_INTERRUPTION_H_

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {

// Interruptions are SIGHUP, SIGINT and SIGTERM, which end a process at once:
// one that has started daemons and made files holds them back, looks for them
// where it waits, and clears away before it ends by them. All of this is of the
// calling thread, and inherited by what it forks and executes.

// From here on an interruption stays pending, unless it is ignored.
void HoldInterruptions();

// What poll() finds readable as long as one is pending; never read.
ipc_channel::transport::UniqueFd NewInterruptionFd();

// Undoes HoldInterruptions(): ends the process if one is pending. For a forked
// process, and for one that has cleared away.
void LetInterruptionsThrough();

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_INTERRUPTION_H_
