#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_SERVERD_OPTIONS_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_SERVERD_OPTIONS_H_

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ipc_channel/examples/notebook/limits.h"

namespace notebook {

// The daemon's command line.
struct ServerdOptions {
  std::string name;
  Limits limits;
  bool help = false;
};

extern const std::string_view kServerdUsage;

// `arguments` without the program's name. INVALID_ARGUMENT, with a message for
// the user.
absl::StatusOr<ServerdOptions> ParseServerdOptions(
    std::span<const char* const> arguments);

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_SERVERD_OPTIONS_H_
