#include "ipc_channel/bench/works.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace ipc_channel_bench {
namespace {

std::vector<Work>& Works() {
  static auto& works = *new std::vector<Work>;
  return works;
}

std::vector<PrintReport>& Reports() {
  static auto& reports = *new std::vector<PrintReport>;
  return reports;
}

double Microseconds(std::uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1000;
}

}  // namespace

bool AddWork(Work work) {
  Works().push_back(std::move(work));
  return true;
}

const std::vector<Work>& AllWorks() { return Works(); }

bool AddReport(PrintReport print) {
  Reports().push_back(print);
  return true;
}

const std::vector<PrintReport>& AllReports() { return Reports(); }

void ReportLatencies(const LatencyHistogram& histogram,
                     benchmark::State& state) {
  state.counters[kP50] = Microseconds(histogram.Quantile(0.5));
  state.counters[kP99] = Microseconds(histogram.Quantile(0.99));
  state.counters[kP999] = Microseconds(histogram.Quantile(0.999));
  state.counters[kMax] = Microseconds(histogram.max());
}

void ReportProcessorTime(double seconds, benchmark::State& state) {
  state.counters[kCpu] =
      1e6 * seconds / static_cast<double>(state.iterations());
}

}  // namespace ipc_channel_bench
