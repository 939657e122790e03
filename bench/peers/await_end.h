#ifndef IPC_CHANNEL_BENCH_PEERS_AWAIT_END_H_
#define IPC_CHANNEL_BENCH_PEERS_AWAIT_END_H_

#include <sys/types.h>

#include <chrono>
#include <optional>

namespace ipc_channel_bench {

// Waits until `child`, a process that this one has forked, has ended, and takes
// its status (of waitpid()), which is returned. Nothing if it still runs at
// `deadline`: then it is still a child. Looks at least once.
std::optional<int> AwaitEnd(pid_t child,
                            std::chrono::steady_clock::time_point deadline);

// Kills `child`, if it still runs, and takes its status.
void KillChild(pid_t child);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PEERS_AWAIT_END_H_
