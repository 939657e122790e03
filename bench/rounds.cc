#include "ipc_channel/bench/rounds.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/bench/ratio_table.h"
#include "ipc_channel/bench/works.h"

namespace ipc_channel_bench {
namespace {

struct Options {
  int rounds = 7;
  std::string placement = "unpinned";
  std::string csv;
  bool lines = false;
  bool reversed = false;
};

// Takes what `argument` says; false if it is none of ours.
bool TakeOption(absl::string_view argument, Options& options) {
  if (argument == "--lines") {
    options.lines = true;
  } else if (argument == "--reversed") {
    options.reversed = true;
  } else if (absl::ConsumePrefix(&argument, "--placement=")) {
    options.placement = std::string(argument);
  } else if (absl::ConsumePrefix(&argument, "--csv=")) {
    options.csv = std::string(argument);
  } else if (absl::ConsumePrefix(&argument, "--rounds=")) {
    if (!absl::SimpleAtoi(argument, &options.rounds) || options.rounds < 1) {
      Stop("--rounds takes a number from 1 on");
    }
  } else {
    return false;
  }
  return true;
}

// Collects the results of all rounds.
class Collector : public benchmark::ConsoleReporter {
 public:
  explicit Collector(bool print_lines)
      : ConsoleReporter(OO_Tabular), print_lines_(print_lines) {}

  void BeginRound(int round) { round_ = round; }

  bool ReportContext(const Context& context) override {
    return round_ > 0 || ConsoleReporter::ReportContext(context);
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    if (print_lines_) ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Iteration) Collect(run);
    }
  }

  const std::vector<Sample>& samples() const { return samples_; }

 private:
  void Collect(const Run& run);

  const bool print_lines_;
  int round_ = 0;
  std::vector<Sample> samples_;
};

// The name under which Google Benchmark runs a variant.
std::string FullName(const Work& work, const Variant& variant) {
  return absl::StrCat(work.name, "/", variant.name);
}

double CounterOf(const benchmark::BenchmarkReporter::Run& run,
                 const char* name) {
  const auto found = run.counters.find(name);
  return found == run.counters.end() ? 0 : found->second.value;
}

void Collector::Collect(const Run& run) {
  if (run.real_accumulated_time <= 0) return;  // it was skipped
  Sample sample = {.round = round_,
                   .time_us = 1e6 * run.real_accumulated_time /
                              static_cast<double>(run.iterations),
                   .cpu_us = CounterOf(run, kCpu),
                   .p50_us = CounterOf(run, kP50),
                   .p99_us = CounterOf(run, kP99),
                   .p999_us = CounterOf(run, kP999),
                   .max_us = CounterOf(run, kMax)};
  if (!absl::SimpleAtoi(run.run_name.args, &sample.size)) return;
  for (const Work& work : AllWorks()) {
    for (const Variant& variant : work.variants) {
      if (FullName(work, variant) != run.run_name.function_name) continue;
      sample.work = work.name;
      sample.variant = variant.name;
      sample.is_twin = &variant == &work.variants.front();
      samples_.push_back(sample);
    }
  }
}

void Register(const Work& work, const Variant& variant, std::int64_t size) {
  benchmark::RegisterBenchmark(FullName(work, variant).c_str(), variant.run)
      ->Arg(size)
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

bool IsLeftOut(const Variant& variant, std::int64_t size) {
  return size > variant.largest || (variant.spins && !EachSideHasACore());
}

void RegisterRound(bool is_reversed) {
  benchmark::ClearRegisteredBenchmarks();
  for (const Work& work : AllWorks()) {
    for (const std::int64_t size : work.sizes) {
      std::vector<Variant> variants = work.variants;
      if (is_reversed) std::ranges::reverse(variants);
      for (const Variant& variant : variants) {
        if (IsLeftOut(variant, size)) continue;
        // By name, not by place: the first of `work` stays the twin.
        Register(work, variant, size);
      }
    }
  }
}

// False if there was nothing to run.
bool RunRounds(const Options& options, Collector& collector) {
  for (int round = 0; round < options.rounds; ++round) {
    RegisterRound(/*is_reversed=*/(round % 2 == 1) != options.reversed);
    collector.BeginRound(round);
    if (benchmark::RunSpecifiedBenchmarks(&collector) == 0) return false;
    if (collector.samples().empty()) return true;  // they were only listed
    std::cerr << "round " << round + 1 << " of " << options.rounds
              << " is done\n";
  }
  return true;
}

void Report(const Options& options, const std::vector<Sample>& samples) {
  if (samples.empty()) return;
  std::cout << "\n"
            << PlacementInWords() << "; medians of " << options.rounds
            << " rounds; speed is the twin's time through the line's own, "
               "round by round\n\n";
  PrintTable(samples, std::cout);
  for (const PrintReport print : AllReports()) print(samples, std::cout);
  if (options.csv.empty()) return;
  std::ofstream csv(options.csv);
  PrintCsv(samples, csv);
  csv.close();
  CheckCall(!csv.fail(), options.csv.c_str());
}

}  // namespace

int RunAllWorks(int argc, char** argv) {
  Options options;
  std::vector<char*> arguments = {argv[0]};
  // What comes later, from the command line, has the last word.
  std::string min_time = "--benchmark_min_time=0.1";
  arguments.push_back(min_time.data());
  for (int i = 1; i < argc; ++i) {
    if (!TakeOption(argv[i], options)) arguments.push_back(argv[i]);
  }
  Check(ChoosePlacement(options.placement));
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  benchmark::AddCustomContext("placement", PlacementInWords());
  PinThisThread(Side::kParent);
  Collector collector(options.lines);
  if (!RunRounds(options, collector)) Stop("nothing to run");
  Report(options, collector.samples());
  return 0;
}

}  // namespace ipc_channel_bench
