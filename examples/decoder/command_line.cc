#include "ipc_channel/examples/decoder/command_line.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace decoder {
namespace {

bool ParseSeconds(const std::string& text, absl::Duration& time) {
  int seconds = 0;
  if (!absl::SimpleAtoi(text, &seconds) || seconds < 1) return false;
  time = absl::Seconds(seconds);
  return true;
}

// Whether it is a flag that is known, with a value that it takes.
bool ParseFlag(const std::string& argument, CommandLine& line) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos) {
    line.help = line.help || argument == "--help";
    line.worker = line.worker || argument == "--worker";
    return argument == "--help" || argument == "--worker";
  }
  const std::string flag = argument.substr(0, equals);
  const std::string value = argument.substr(equals + 1);
  if (flag == "--seconds") return ParseSeconds(value, line.time);
  line.out_dir = value;
  return flag == "--out-dir" && !value.empty();
}

}  // namespace

const std::string_view kUsage =
    R"(usage: decoder [--out-dir=DIR] [--seconds=N] [--] INPUT...

Decodes PNG files, whoever they come from: each in a process of its own, which
can do nothing but decode it. Prints the size and a checksum (CRC-32 of the
pixels as RGBA, 8 bits each) of each file, or why there is none.

  --out-dir=DIR  write DIR/NAME.pam for each INPUT, over what is there; NAME is
                 its last component
  --seconds=N    how long a file may take; default: 10
  --help         print this

Exit code: 0; 1 if a file could not be decoded or written, which stops none of
the others; 2 if the command line is not understood.
)";

absl::StatusOr<CommandLine> ParseCommandLine(
    std::span<const char* const> arguments) {
  CommandLine line;
  bool flags_are_over = false;
  for (const char* const c_string : arguments) {
    const std::string argument = c_string;
    if (flags_are_over || !argument.starts_with('-')) {
      line.files.push_back(argument);
    } else if (argument == "--") {
      flags_are_over = true;
    } else if (!ParseFlag(argument, line)) {
      return absl::InvalidArgumentError(
          absl::StrCat("not understood: ", argument));
    }
  }
  if (line.files.empty() && !line.worker && !line.help) {
    return absl::InvalidArgumentError("no files to decode");
  }
  return line;
}

}  // namespace decoder
