#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORKER_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORKER_H_

#include <string>

#include "ipc_channel/examples/wordcount/test_hold.h"

namespace wordcount {

// The life of a worker process: finds the parent's one-shot server, counts what
// it is given, and returns its exit code when the parent is done or gone. A
// worker that gets hold of `hold` halfway through a file goes no further.
int RunWorker(const std::string& server_name, const TestHold& hold);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_WORKER_H_
