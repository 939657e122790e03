#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_NOTEBOOK_OPTIONS_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_NOTEBOOK_OPTIONS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace notebook {

// The client's command line.
struct NotebookOptions {
  std::string name;
  absl::Duration timeout = absl::Seconds(10);
  bool help = false;
  bool waits = false;       // get
  std::uint64_t count = 0;  // watch; 0: without end
  std::string command;
  std::vector<std::string> arguments;  // as many as the command takes
};

extern const std::string_view kNotebookUsage;

// `arguments` without the program's name. Flags may stand anywhere before "--".
// INVALID_ARGUMENT, with a message for the user.
absl::StatusOr<NotebookOptions> ParseNotebookOptions(
    std::span<const char* const> arguments);

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_NOTEBOOK_OPTIONS_H_
