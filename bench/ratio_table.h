#ifndef IPC_CHANNEL_BENCH_RATIO_TABLE_H_
#define IPC_CHANNEL_BENCH_RATIO_TABLE_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace ipc_channel_bench {

// What one variant of a work took in one round.
struct Sample {
  std::string work;
  std::int64_t size = 0;
  std::string variant;
  bool is_twin = false;  // what the other variants are compared with
  int round = 0;
  double time_us = 0;  // of one operation, the mean
  double cpu_us = 0;   // processor time of it, of all processes; 0: unknown
  // Where single operations were timed; else 0.
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  double max_us = 0;
};

// The middle one of several numbers, and the ends.
struct Spread {
  double median = 0;
  double low = 0;
  double high = 0;
};

// Of at least one value; the mean of the middle two if their number is even.
Spread SpreadOf(std::vector<double> values);

// How cheap variant `of` was compared with its twin, of all `samples`: the
// twin's `cost` (time_us, say) through its own, round by round. 0.5 is half as
// fast, 1 the same, 2 twice as fast. Nothing if no round has both.
std::optional<Spread> RatioOf(const Sample& of, std::span<const Sample> samples,
                              double Sample::*cost);

// A table of medians over the rounds: a line for each work, size and variant,
// in the order in which they first appear. Of max_us the highest.
void PrintTable(std::span<const Sample> samples, std::ostream& out);

// Every sample on a line of its own, comma-separated, under a line of names.
void PrintCsv(std::span<const Sample> samples, std::ostream& out);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_RATIO_TABLE_H_
