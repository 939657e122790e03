// Counts the words of files in worker processes that come and go.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <system_error>

#include "absl/status/statusor.h"
#include "ipc_channel/examples/wordcount/count_files.h"
#include "ipc_channel/examples/wordcount/json_report.h"
#include "ipc_channel/examples/wordcount/options.h"
#include "ipc_channel/examples/wordcount/outcome.h"
#include "ipc_channel/examples/wordcount/report.h"
#include "ipc_channel/examples/wordcount/test_hold.h"
#include "ipc_channel/examples/wordcount/worker.h"

namespace wordcount {
namespace {

constexpr int kSomethingFailed = 1;
constexpr int kUsageError = 2;

std::string ErrnoText() { return std::generic_category().message(errno); }

// `bazel run` changes the working directory, and says what it was.
bool EnterUsersDirectory() {
  const char* const directory = std::getenv("BUILD_WORKING_DIRECTORY");
  if (directory == nullptr || ::chdir(directory) == 0) return true;
  std::fprintf(stderr, "wordcount: cannot enter %s: %s\n", directory,
               ErrnoText().c_str());
  return false;
}

bool Print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) {
    return true;
  }
  std::fprintf(stderr, "wordcount: cannot write the result: %s\n",
               ErrnoText().c_str());
  return false;
}

int Count(const Options& options) {
  if (!EnterUsersDirectory()) return kSomethingFailed;
  const Outcome outcome =
      CountFiles(options.files, ChooseWorkers(options), options.test_hold);
  const bool is_printed =
      Print(options.json
                ? JsonReport(outcome)
                : TextReport(outcome, static_cast<std::size_t>(options.top)));
  const bool is_complete = std::ranges::all_of(
      outcome.files,
      [](const FileOutcome& file) { return file.total_words.ok(); });
  return is_printed && is_complete ? 0 : kSomethingFailed;
}

int Main(std::span<const char* const> arguments) {
  const absl::StatusOr<Options> options = ParseOptions(arguments);
  if (!options.ok()) {
    std::fprintf(stderr, "wordcount: %s\n%s",
                 std::string(options.status().message()).c_str(),
                 std::string(kUsage).c_str());
    return kUsageError;
  }
  if (options->help) return Print(std::string(kUsage)) ? 0 : kSomethingFailed;
  if (!options->worker_of.empty()) {
    return RunWorker(options->worker_of, TestHold(options->test_hold));
  }
  // Where our own parent ignores it, how workers ended would be lost.
  ::signal(SIGCHLD, SIG_DFL);
  return Count(*options);
}

}  // namespace
}  // namespace wordcount

int main(int argc, char** argv) {
  return wordcount::Main(
      std::span<const char* const>(argv, static_cast<std::size_t>(argc))
          .subspan(argc > 0 ? 1 : 0));
}
