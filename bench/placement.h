#ifndef IPC_CHANNEL_BENCH_PLACEMENT_H_
#define IPC_CHANNEL_BENCH_PLACEMENT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace ipc_channel_bench {

// Where the two processes of a benchmark run:
//
//   unpinned   wherever the kernel puts them
//   one_core   both on one core: every hand-over is a context switch, and what
//              is measured is work
//   two_cores  each on one of its own: what is measured is also how long a
//              sleeping core takes to wake
//
// Which cores: the first of those this process was allowed when it started.

enum class Side { kParent, kChild };

// Chooses for all of this process, once, before anything is measured; nothing
// is pinned yet. INVALID_ARGUMENT for another name; FAILED_PRECONDITION if
// there are too few cores.
absl::Status ChoosePlacement(std::string_view name);

// Pins the calling thread (and those that it starts) as chosen; does nothing
// where nothing was, or "unpinned". Ends the process if the kernel refuses.
void PinThisThread(Side side);

// Whether the two processes, placed as chosen, can run at the same time. Not
// for pinned threads: those have one core.
bool EachSideHasACore();

// What was chosen, in words: "one_core: parent on 0, child on 0".
std::string PlacementInWords();

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_PLACEMENT_H_
