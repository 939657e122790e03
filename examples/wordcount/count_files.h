#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_COUNT_FILES_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_COUNT_FILES_H_

#include <string>
#include <vector>

#include "ipc_channel/examples/wordcount/outcome.h"

namespace wordcount {

// Counts the files with `workers` processes, one at least, and reports what
// goes wrong on standard error as it happens. No worker is left afterwards.
// `test_hold`: see test_hold.h.
Outcome CountFiles(const std::vector<std::string>& paths, int workers,
                   const std::string& test_hold);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_COUNT_FILES_H_
