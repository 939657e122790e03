#ifndef IPC_CHANNEL_BENCH_BARE_EPOLL_H_
#define IPC_CHANNEL_BENCH_BARE_EPOLL_H_

#include "benchmark/benchmark.h"

namespace ipc_channel_bench {

// The work of sets (set_work.h) as a program without a library would do it: one
// thread, epoll_wait() and recvmsg(), level-triggered.
void RunBareEpoll(benchmark::State& state, int per_signal);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_BARE_EPOLL_H_
