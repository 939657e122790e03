#ifndef IPC_CHANNEL_BENCH_WORKS_H_
#define IPC_CHANNEL_BENCH_WORKS_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/ratio_table.h"

namespace ipc_channel_bench {

// One way to do a work.
struct Variant {
  std::string name;
  // Does it state.iterations() times at a size of state.range(0); each time is
  // one operation of the work.
  std::function<void(benchmark::State& state)> run;
  // Left out at sizes beyond.
  std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  // Waits without giving up its core: left out where both processes share one.
  bool spins = false;
};

// Something that is measured, in several variants that do the same; the first
// is the twin that the others are compared with.
struct Work {
  std::string name;
  std::vector<std::int64_t> sizes;
  std::vector<Variant> variants;
};

// Adds a work to those that RunAllWorks() runs; returns true. For the
// initialization of a constant at namespace scope.
bool AddWork(Work work);

// All that were added, in that order within one source file.
const std::vector<Work>& AllWorks();

// Prints more about the samples of all rounds than their table says.
using PrintReport = void (*)(std::span<const Sample> samples,
                             std::ostream& out);

// Adds what RunAllWorks() prints below the table; returns true. For the
// initialization of a constant at namespace scope.
bool AddReport(PrintReport print);

// All that were added.
const std::vector<PrintReport>& AllReports();

// Reports the percentiles of what one run of a variant saw.
void ReportLatencies(const LatencyHistogram& histogram,
                     benchmark::State& state);

// Reports the processor time that all processes of one run took together.
// PeerProcess does that where there are two.
void ReportProcessorTime(double seconds, benchmark::State& state);

// The names of what is reported, in microseconds; of an operation each.
inline constexpr char kCpu[] = "cpu_us";
inline constexpr char kP50[] = "p50_us";
inline constexpr char kP99[] = "p99_us";
inline constexpr char kP999[] = "p999_us";
inline constexpr char kMax[] = "max_us";

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_WORKS_H_
