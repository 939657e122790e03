#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_OPTIONS_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_OPTIONS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace wordcount {

// What the command line says.
struct Options {
  int workers = 0;  // 0: not said
  int top = 10;
  bool json = false;
  bool help = false;
  std::vector<std::string> files;

  // For the program's own use.
  std::string worker_of;  // the parent's server: this is a worker
  std::string test_hold;  // see test_hold.h
};

extern const std::string_view kUsage;

// `arguments` without the program's name. Flags may stand anywhere before "--".
// INVALID_ARGUMENT, with a message for the user, for what is not to be
// understood, and if there are no files although files are needed.
absl::StatusOr<Options> ParseOptions(std::span<const char* const> arguments);

// As many workers as asked for, or as the machine has cores; never more than
// files.
int ChooseWorkers(const Options& options);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_OPTIONS_H_
