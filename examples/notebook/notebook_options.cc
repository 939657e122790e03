#include "ipc_channel/examples/notebook/notebook_options.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ipc_channel/examples/notebook/default_name.h"

namespace notebook {
namespace {

struct Command {
  std::string_view name;
  std::size_t least_arguments;
  std::size_t most_arguments;
};

constexpr Command kCommands[] = {
    {"put", 2, 2},   {"get", 1, 1},    {"list", 0, 1},   {"delete", 1, 1},
    {"watch", 0, 1}, {"import", 1, 1}, {"export", 0, 0}, {"who", 0, 0}};

absl::Status ParseTimeout(const std::string& text, absl::Duration& timeout) {
  double seconds = 0;
  if (!absl::SimpleAtod(text, &seconds) || !(seconds >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--timeout takes seconds, not '", text, "'"));
  }
  timeout = absl::Seconds(seconds);
  return absl::OkStatus();
}

absl::Status ParseFlag(const std::string& argument, NotebookOptions& options) {
  const std::size_t equals = argument.find('=');
  const std::string flag = argument.substr(0, equals);
  const std::string value =
      equals == std::string::npos ? "" : argument.substr(equals + 1);
  if (argument == "--help") {
    options.help = true;
  } else if (argument == "--abstract") {
    options.name = DefaultAbstractName();
  } else if (argument == "--wait") {
    options.waits = true;
  } else if (flag == "--name") {
    options.name = value;
  } else if (flag == "--timeout") {
    return ParseTimeout(value, options.timeout);
  } else if (flag == "--count" && absl::SimpleAtoi(value, &options.count)) {
    return absl::OkStatus();
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("'", argument, "' is not understood"));
  }
  return absl::OkStatus();
}

absl::Status CheckCommand(const NotebookOptions& options) {
  if (options.help) return absl::OkStatus();
  const auto* const command =
      std::ranges::find(kCommands, options.command, &Command::name);
  if (command == std::end(kCommands)) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no command '", options.command, "'"));
  }
  const std::size_t count = options.arguments.size();
  if (count < command->least_arguments || count > command->most_arguments) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", options.command, "' takes other arguments"));
  }
  return absl::OkStatus();
}

}  // namespace

const std::string_view kNotebookUsage =
    R"(usage: notebook [--name=NAME | --abstract] [--timeout=SECONDS] COMMAND

  put KEY VALUE              writes an entry
  get [--wait] KEY           prints its value; with --wait, once there is one
  list [PREFIX]              prints the keys that begin so
  delete KEY                 removes an entry
  watch [--count=N] [PREFIX] prints each change of an entry whose key begins so,
                             until Ctrl-C, or N of them
  import FILE                writes all entries of a file, or none
  export                     prints all entries, as import takes them
  who                        prints the daemon's clients

A key is printable ASCII without spaces.

  --name=NAME        where the daemon is, as it was told itself; default: where
                     it is by default
  --abstract         where it is with --abstract
  --timeout=SECONDS  how long to wait for the answer; default: 10. A watch goes
                     on after that
  --help             print this

Exit code: 0; 1 there is no such entry; 2 the command line, or the file, is not
understood; 3 there is no daemon, or it has gone; 4 refused; 5 no answer in
time; 6 cancelled by Ctrl-C; 7 anything else.
)";

absl::StatusOr<NotebookOptions> ParseNotebookOptions(
    std::span<const char* const> arguments) {
  NotebookOptions options;
  options.name = DefaultName();
  bool flags_are_over = false;
  std::vector<std::string> words;
  for (const std::string argument : arguments) {
    if (!flags_are_over && argument == "--") {
      flags_are_over = true;
    } else if (flags_are_over || !argument.starts_with("--")) {
      words.push_back(argument);
    } else if (absl::Status parsed = ParseFlag(argument, options);
               !parsed.ok()) {
      return parsed;
    }
  }
  if (!words.empty()) {
    options.command = std::move(words.front());
    words.erase(words.begin());
  }
  options.arguments = std::move(words);
  absl::Status checked = CheckCommand(options);
  if (!checked.ok()) return checked;
  return options;
}

}  // namespace notebook
