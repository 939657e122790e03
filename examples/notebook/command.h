#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_COMMAND_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_COMMAND_H_

#include <stop_token>

#include "absl/status/status.h"
#include "ipc_channel/examples/notebook/notebook_options.h"

namespace notebook {

// Connects, asks for what the command line says, and prints what comes. A
// request to stop gives it up, CANCELLED; it ends a watch that has begun, OK.
// Other codes: what the daemon says (rpc::ServerCode() tells), and those of a
// call. INVALID_ARGUMENT, too, for a file that cannot be read.
absl::Status RunCommand(const NotebookOptions& options,
                        const std::stop_token& stop);

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_COMMAND_H_
