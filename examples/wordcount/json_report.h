#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_JSON_REPORT_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_JSON_REPORT_H_

#include <string>

#include "ipc_channel/examples/wordcount/outcome.h"

namespace wordcount {

// The outcome for programs, as one JSON object and a newline:
//
//   total_words   number
//   words         object: word -> count; all words, by their bytes
//   files         array, as on the command line, of objects: path, and either
//                 total_words or error (the reason)
//   lost_workers  array of objects: worker (number), pid, how (it ended), and
//                 path, the file it was counting, null if none
//
// Paths are as JsonString() makes them (json_string.h).
std::string JsonReport(const Outcome& outcome);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_JSON_REPORT_H_
