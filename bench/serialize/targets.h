#ifndef IPC_CHANNEL_BENCH_SERIALIZE_TARGETS_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_TARGETS_H_

#include <ostream>
#include <span>
#include <string>

#include "ipc_channel/bench/ratio_table.h"

namespace ipc_channel_bench {

// The variants' names in the samples.
inline constexpr char kHandwritten[] = "handwritten";  // the twin
inline constexpr char kOurs[] = "ours";
inline constexpr char kProtobuf[] = "protobuf";
inline constexpr char kMemcpy[] = "memcpy";

// What the design asks of //serialize in one work, compared with another
// variant of it.
struct Target {
  enum class Kind {
    kTimesItsTime,  // at most `bound` times the other's time
    kTimesAsFast,   // at least `bound` times as fast as the other
  };

  std::string work;
  std::string other;
  Kind kind = Kind::kTimesItsTime;
  double bound = 0;
};

// A line for each target that was measured: the ratio of processor times, round
// by round, its median beside the bound, and beside that the same ratio for the
// handwritten coder, which is as far as a coder of this format can be expected
// to get. The verdict is "met", "missed", or "missed by handwritten too".
void PrintTargets(std::span<const Target> targets,
                  std::span<const Sample> samples, std::ostream& out);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_TARGETS_H_
