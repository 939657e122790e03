#include "ipc_channel/examples/wordcount/options.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace wordcount {
namespace {

// Each costs this process a thread and a handful of descriptors.
constexpr int kMaxWorkers = 1000;

absl::Status ParseNumber(const std::string& flag, const std::string& value,
                         int min, int max, int& number) {
  if (absl::SimpleAtoi(value, &number) && min <= number && number <= max) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      flag, " takes a number from ", min, " to ", max, ", not '", value, "'"));
}

// A flag without a value, or one that is not known.
absl::Status ParseSwitch(const std::string& flag, Options& options) {
  if (flag == "--json") {
    options.json = true;
  } else if (flag == "--help") {
    options.help = true;
  } else if (flag == "--workers" || flag == "--top") {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, " needs a value: ", flag, "=4"));
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown flag ", flag,
                     " (files whose names begin with - go after --)"));
  }
  return absl::OkStatus();
}

absl::Status ParseFlag(const std::string& argument, Options& options) {
  const std::size_t equals = argument.find('=');
  const std::string flag = argument.substr(0, equals);
  if (equals == std::string::npos) return ParseSwitch(flag, options);
  const std::string value = argument.substr(equals + 1);
  if (flag == "--workers") {
    return ParseNumber(flag, value, 1, kMaxWorkers, options.workers);
  }
  if (flag == "--top") {
    return ParseNumber(flag, value, 0, std::numeric_limits<int>::max(),
                       options.top);
  }
  if (flag == "--worker_of") {
    options.worker_of = value;
  } else if (flag == "--test_hold") {
    options.test_hold = value;
  } else if (flag == "--json" || flag == "--help") {
    return absl::InvalidArgumentError(absl::StrCat(flag, " takes no value"));
  } else {
    return ParseSwitch(flag, options);
  }
  return absl::OkStatus();
}

}  // namespace

const std::string_view kUsage =
    R"(usage: wordcount [--workers=N] [--json] [--top=K] [--] FILE...

Counts the words (runs of the ASCII letters and digits) of each file, in N
worker processes.

  --workers=N  how many processes; default: one for each core, and never more
               than files
  --top=K      how many of the most frequent words to print; default: 10
  --json       print an object with total_words, words (all of them, with their
               counts), files and lost_workers
  --help       print this

Exit code: 0; 1 if a file could not be counted, which stops none of the others;
2 if the command line is not understood.
)";

absl::StatusOr<Options> ParseOptions(std::span<const char* const> arguments) {
  Options options;
  bool flags_are_over = false;
  for (const char* const c_string : arguments) {
    const std::string argument = c_string;
    if (flags_are_over || !argument.starts_with('-')) {
      options.files.push_back(argument);
    } else if (argument == "--") {
      flags_are_over = true;
    } else if (absl::Status parsed = ParseFlag(argument, options);
               !parsed.ok()) {
      return parsed;
    }
  }
  if (options.files.empty() && options.worker_of.empty() && !options.help) {
    return absl::InvalidArgumentError("no files to count");
  }
  return options;
}

int ChooseWorkers(const Options& options) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int wanted = options.workers != 0 ? options.workers
                                          : std::clamp(cores, 1, kMaxWorkers);
  const std::size_t files = options.files.size();
  return files < static_cast<std::size_t>(wanted) ? static_cast<int>(files)
                                                  : wanted;
}

}  // namespace wordcount
