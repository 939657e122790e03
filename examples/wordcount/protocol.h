#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_PROTOCOL_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_PROTOCOL_H_

#include <cstdint>
#include <string>
#include <variant>

#include "ipc_channel/ipc_channel.h"

// What the parent and its workers say to each other.

namespace wordcount {

// More bytes of the file have been counted. May be missing where the parent was
// slow: it is only for the progress bar.
struct Progress {
  std::uint64_t bytes = 0;
};

// The last word on a file: its table (word_table.h), or why there is none.
struct Counted {
  ipc_channel::SharedMemory table;
};
struct Unreadable {
  std::string reason;
};

using Reply = std::variant<Progress, Counted, Unreadable>;

// A file to count from its beginning. The channel of `reply` is for this file
// alone and the worker has its only sender: if it disconnects before the last
// word, the worker is lost.
struct Job {
  ipc_channel::UniqueFd file;
  ipc_channel::Sender<Reply> reply;
};

// The first and only message of a new worker to the one-shot server of its
// parent: where it takes jobs. The worker keeps the connection on which it sent
// this for as long as it lives, and leaves when the channel of its jobs
// disconnects.
struct Hello {
  ipc_channel::Sender<Job> jobs;
};

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_PROTOCOL_H_
