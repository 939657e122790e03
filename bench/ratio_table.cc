#include "ipc_channel/bench/ratio_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ipc_channel_bench {
namespace {

bool IsSameWork(const Sample& a, const Sample& b) {
  return a.work == b.work && a.size == b.size;
}

bool IsSameLine(const Sample& a, const Sample& b) {
  return IsSameWork(a, b) && a.variant == b.variant;
}

// One sample for each line of the table.
std::vector<Sample> Lines(std::span<const Sample> samples) {
  std::vector<Sample> lines;
  for (const Sample& sample : samples) {
    if (std::ranges::none_of(lines, [&](const Sample& line) {
          return IsSameLine(line, sample);
        })) {
      lines.push_back(sample);
    }
  }
  // Rounds may differ in their order; a work's lines stand together.
  std::vector<Sample> grouped;
  for (const Sample& first : lines) {
    if (std::ranges::any_of(grouped, [&](const Sample& line) {
          return IsSameWork(line, first);
        })) {
      continue;
    }
    std::ranges::copy_if(
        lines, std::back_inserter(grouped),
        [&](const Sample& line) { return IsSameWork(line, first); });
  }
  return grouped;
}

Spread SpreadOver(const Sample& line, std::span<const Sample> samples,
                  double Sample::*field) {
  std::vector<double> values;
  for (const Sample& sample : samples) {
    if (IsSameLine(sample, line)) values.push_back(sample.*field);
  }
  return SpreadOf(values);
}

std::string SizeInWords(std::int64_t size) {
  if (size >= 1 << 20 && size % (1 << 20) == 0) {
    return absl::StrCat(size >> 20, "Mi");
  }
  if (size >= 1 << 10 && size % (1 << 10) == 0) {
    return absl::StrCat(size >> 10, "Ki");
  }
  return absl::StrCat(size);
}

std::string NumberInWords(double number) {
  if (number == 0) return "-";
  if (number < 0.1) return absl::StrFormat("%.4f", number);
  return number < 1000 ? absl::StrFormat("%.2f", number)
                       : absl::StrFormat("%.0f", number);
}

std::string RatioInWords(const Sample& line, std::span<const Sample> samples,
                         double Sample::*cost) {
  if (line.is_twin) return "(twin)";
  const std::optional<Spread> ratio = RatioOf(line, samples, cost);
  if (!ratio.has_value()) return "-";
  return absl::StrFormat("%.2f [%.2f-%.2f]", ratio->median, ratio->low,
                         ratio->high);
}

}  // namespace

Spread SpreadOf(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1
                            ? values[half]
                            : (values[half - 1] + values[half]) / 2;
  return {.median = median, .low = values.front(), .high = values.back()};
}

std::optional<Spread> RatioOf(const Sample& of, std::span<const Sample> samples,
                              double Sample::*cost) {
  std::vector<double> ratios;
  for (const Sample& own : samples) {
    if (!IsSameLine(own, of) || own.*cost <= 0) continue;
    for (const Sample& twin : samples) {
      if (twin.is_twin && twin.round == own.round && IsSameWork(twin, own)) {
        ratios.push_back(twin.*cost / own.*cost);
      }
    }
  }
  if (ratios.empty()) return std::nullopt;
  return SpreadOf(ratios);
}

void PrintTable(std::span<const Sample> samples, std::ostream& out) {
  static constexpr char kColumns[] =
      "%-16s %7s %-15s  %-18s %-18s %9s %9s %9s %9s %9s %7s\n";
  out << absl::StreamFormat(kColumns, "work", "size", "variant", "speed",
                            "cpu ratio", "us", "cpu us", "p50 us", "p99 us",
                            "p99.9 us", "max us");
  const std::vector<Sample> lines = Lines(samples);
  const Sample* before = nullptr;
  for (const Sample& line : lines) {
    if (before != nullptr && before->work != line.work) out << "\n";
    before = &line;
    const auto median = [&](double Sample::*field) {
      return NumberInWords(SpreadOver(line, samples, field).median);
    };
    out << absl::StreamFormat(
        kColumns, line.work, SizeInWords(line.size), line.variant,
        RatioInWords(line, samples, &Sample::time_us),
        RatioInWords(line, samples, &Sample::cpu_us), median(&Sample::time_us),
        median(&Sample::cpu_us), median(&Sample::p50_us),
        median(&Sample::p99_us), median(&Sample::p999_us),
        NumberInWords(SpreadOver(line, samples, &Sample::max_us).high));
  }
}

void PrintCsv(std::span<const Sample> samples, std::ostream& out) {
  out << "round,work,size,variant,is_twin,time_us,cpu_us,p50_us,p99_us,"
         "p999_us,max_us\n";
  for (const Sample& sample : samples) {
    out << absl::StreamFormat("%d,%s,%d,%s,%d,%g,%g,%g,%g,%g,%g\n",
                              sample.round, sample.work, sample.size,
                              sample.variant, sample.is_twin, sample.time_us,
                              sample.cpu_us, sample.p50_us, sample.p99_us,
                              sample.p999_us, sample.max_us);
  }
}

}  // namespace ipc_channel_bench
