#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_REPORT_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_REPORT_H_

#include <cstddef>
#include <string>

#include "ipc_channel/examples/wordcount/outcome.h"

namespace wordcount {

// The outcome for people: the `top` most frequent words, the files, the total.
std::string TextReport(const Outcome& outcome, std::size_t top);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_REPORT_H_
