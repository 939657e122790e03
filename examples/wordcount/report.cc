#include "ipc_channel/examples/wordcount/report.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/examples/wordcount/outcome.h"
#include "ipc_channel/examples/wordcount/printable.h"
#include "ipc_channel/examples/wordcount/word_counts.h"

namespace wordcount {
namespace {

using Ranked = std::pair<std::uint64_t, std::string_view>;

// Most frequent first; words of the same count by their bytes.
std::vector<Ranked> MostFrequent(const WordCounts& words, std::size_t top) {
  std::vector<Ranked> ranked;
  ranked.reserve(words.size());
  for (const auto& [word, count] : words) ranked.emplace_back(count, word);
  const auto comes_before = [](const Ranked& a, const Ranked& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  const std::size_t size = std::min(top, ranked.size());
  std::partial_sort(ranked.begin(),
                    ranked.begin() + static_cast<std::ptrdiff_t>(size),
                    ranked.end(), comes_before);
  ranked.resize(size);
  return ranked;
}

}  // namespace

std::string TextReport(const Outcome& outcome, std::size_t top) {
  std::string report;
  if (top != 0) {
    absl::StrAppendFormat(&report, "%12s  word\n", "count");
    for (const auto& [count, word] : MostFrequent(outcome.words, top)) {
      absl::StrAppendFormat(&report, "%12d  %s\n", count,
                            absl::string_view(word.data(), word.size()));
    }
    report += '\n';
  }
  absl::StrAppendFormat(&report, "%12s  file\n", "words");
  for (const FileOutcome& file : outcome.files) {
    const std::string count = file.total_words.ok()
                                  ? absl::StrFormat("%d", *file.total_words)
                                  : "failed";
    absl::StrAppendFormat(&report, "%12s  %s\n", count, Printable(file.path));
  }
  absl::StrAppendFormat(&report, "%12d  total\n", outcome.total_words);
  return report;
}

}  // namespace wordcount
