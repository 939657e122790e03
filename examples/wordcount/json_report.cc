#include "ipc_channel/examples/wordcount/json_report.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/wordcount/json_string.h"
#include "ipc_channel/examples/wordcount/outcome.h"
#include "ipc_channel/examples/wordcount/word_counts.h"

namespace wordcount {
namespace {

void AppendWords(const WordCounts& words, std::string& out) {
  std::vector<const WordCounts::value_type*> sorted;
  sorted.reserve(words.size());
  for (const auto& entry : words) sorted.push_back(&entry);
  std::ranges::sort(sorted, {}, [](const auto* entry) -> std::string_view {
    return entry->first;
  });
  std::string_view separator = "\n";
  for (const auto* entry : sorted) {
    out += separator;
    absl::StrAppend(&out, "    ", JsonString(entry->first), ": ",
                    entry->second);
    separator = ",\n";
  }
}

void AppendFiles(const std::vector<FileOutcome>& files, std::string& out) {
  std::string_view separator = "\n";
  for (const FileOutcome& file : files) {
    out += separator;
    absl::StrAppend(&out, "    {\"path\": ", JsonString(file.path), ", ");
    if (file.total_words.ok()) {
      absl::StrAppend(&out, "\"total_words\": ", *file.total_words, "}");
    } else {
      const std::string reason(file.total_words.status().message());
      absl::StrAppend(&out, "\"error\": ", JsonString(reason), "}");
    }
    separator = ",\n";
  }
}

void AppendLostWorkers(const std::vector<LostWorker>& lost_workers,
                       std::string& out) {
  std::string_view separator = "\n";
  for (const LostWorker& lost : lost_workers) {
    out += separator;
    absl::StrAppend(&out, "    {\"worker\": ", lost.number,
                    ", \"pid\": ", lost.pid,
                    ", \"how\": ", JsonString(lost.how), ", \"path\": ",
                    lost.path.empty() ? "null" : JsonString(lost.path), "}");
    separator = ",\n";
  }
}

}  // namespace

std::string JsonReport(const Outcome& outcome) {
  std::string out;
  absl::StrAppend(&out, "{\n  \"total_words\": ", outcome.total_words,
                  ",\n  \"words\": {");
  AppendWords(outcome.words, out);
  out += "\n  },\n  \"files\": [";
  AppendFiles(outcome.files, out);
  out += "\n  ],\n  \"lost_workers\": [";
  AppendLostWorkers(outcome.lost_workers, out);
  out += "\n  ]\n}\n";
  return out;
}

}  // namespace wordcount
