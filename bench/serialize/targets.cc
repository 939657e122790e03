#include "ipc_channel/bench/serialize/targets.h"

#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "ipc_channel/bench/ratio_table.h"

namespace ipc_channel_bench {
namespace {

// The processor time of one variant through another's, round by round.
std::optional<Spread> CpuRatio(std::span<const Sample> samples,
                               std::string_view work, std::string_view of,
                               std::string_view to) {
  std::vector<double> ratios;
  for (const Sample& above : samples) {
    if (above.work != work || above.variant != of) continue;
    for (const Sample& below : samples) {
      if (below.work == work && below.variant == to &&
          below.round == above.round && below.cpu_us > 0) {
        ratios.push_back(above.cpu_us / below.cpu_us);
      }
    }
  }
  if (ratios.empty()) return std::nullopt;
  return SpreadOf(ratios);
}

std::optional<Spread> Measure(const Target& target, std::string_view coder,
                              std::span<const Sample> samples) {
  return target.kind == Target::Kind::kTimesItsTime
             ? CpuRatio(samples, target.work, coder, target.other)
             : CpuRatio(samples, target.work, target.other, coder);
}

bool IsMet(const Target& target, double ratio) {
  return target.kind == Target::Kind::kTimesItsTime ? ratio <= target.bound
                                                    : ratio >= target.bound;
}

std::string InWords(const Target& target) {
  return target.kind == Target::Kind::kTimesItsTime
             ? absl::StrFormat("<= %.2fx the time", target.bound)
             : absl::StrFormat(">= %.2fx as fast", target.bound);
}

void PrintTarget(const Target& target, const Spread& ours,
                 const std::optional<Spread>& limit, std::ostream& out) {
  std::string_view verdict = "met";
  if (!IsMet(target, ours.median)) {
    verdict = limit.has_value() && !IsMet(target, limit->median)
                  ? "missed by handwritten too"
                  : "missed";
  }
  out << absl::StreamFormat(
      "%-16s %-12s %-18s %6.2f %-13s %11s  %s\n", target.work, target.other,
      InWords(target), ours.median,
      absl::StrFormat("[%.2f-%.2f]", ours.low, ours.high),
      limit.has_value() ? absl::StrFormat("%.2f", limit->median) : "-",
      verdict);
}

}  // namespace

void PrintTargets(std::span<const Target> targets,
                  std::span<const Sample> samples, std::ostream& out) {
  out << absl::StreamFormat("%-16s %-12s %-18s %6s %-13s %11s  %s\n", "work",
                            "beside", "target", "ours", "", "handwritten",
                            "verdict");
  for (const Target& target : targets) {
    const std::optional<Spread> ours = Measure(target, kOurs, samples);
    if (!ours.has_value()) continue;
    std::optional<Spread> limit;
    if (target.other != kHandwritten) {
      limit = Measure(target, kHandwritten, samples);
    }
    PrintTarget(target, *ours, limit, out);
  }
}

}  // namespace ipc_channel_bench
