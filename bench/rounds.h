#ifndef IPC_CHANNEL_BENCH_ROUNDS_H_
#define IPC_CHANNEL_BENCH_ROUNDS_H_

namespace ipc_channel_bench {

// Runs all works (works.h), as main() of a benchmark made of them; returns what
// main() does. Options:
//
//   --rounds=N         how often everything is run; 7
//   --placement=NAME   placement.h; unpinned
//   --csv=FILE         writes every single result there too
//   --reversed         begins with the reverse order
//   --lines            prints them as well
//
// and what Google Benchmark takes, with --benchmark_min_time at 0.1 s. In each
// round the variants of one work at one size run directly one after the other,
// in the reverse order every second time: what slows the machine down for
// longer than that slows all of them.
//
// Once, in a process of one thread. Ends the process where it cannot go on.
int RunAllWorks(int argc, char** argv);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_ROUNDS_H_
