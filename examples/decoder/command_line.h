#ifndef IPC_CHANNEL_EXAMPLES_DECODER_COMMAND_LINE_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_COMMAND_LINE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace decoder {

struct CommandLine {
  std::vector<std::string> files;
  std::string out_dir;  // empty: nothing is written
  absl::Duration time = absl::Seconds(10);
  bool help = false;
  bool worker = false;  // for the program's own use: this is a worker
};

extern const std::string_view kUsage;

// `arguments` without the program's name. Flags may stand anywhere before "--".
// INVALID_ARGUMENT, with a message for the user, for what is not understood,
// and if there are no files although files are needed.
absl::StatusOr<CommandLine> ParseCommandLine(
    std::span<const char* const> arguments);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_COMMAND_LINE_H_
