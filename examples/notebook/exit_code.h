#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_EXIT_CODE_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_EXIT_CODE_H_

#include "absl/status/status.h"

namespace notebook {

// What the client's exit code is (kNotebookUsage) for how its command ended.
int ExitCodeOf(const absl::Status& status);

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_EXIT_CODE_H_
