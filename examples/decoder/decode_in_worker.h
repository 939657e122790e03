#ifndef IPC_CHANNEL_EXAMPLES_DECODER_DECODE_IN_WORKER_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_DECODE_IN_WORKER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/decoder/image.h"

namespace decoder {

struct WorkerOptions {
  // A program that calls RunWorker() (worker.h).
  std::string program;
  std::vector<std::string> arguments = {};
  // For all of a job; then its worker is killed.
  absl::Duration time = absl::Seconds(10);
};

// Decodes a file that is open for reading, in a process that is started for it
// alone, sandboxed (decoder_policy.h), and gone when this returns. So whoever
// takes a worker over by a file has that file, which he made, and nothing of
// any other.
//
// Trusts nothing that the worker says: an image that is returned has good
// dimensions, and as many pixels as they say, in memory that nobody can change
// any more. It is read where the worker made it. Thread-safe.
//
//   INVALID_ARGUMENT    the worker refuses the file: its reason, with all but
//                       printable ASCII escaped
//   DEADLINE_EXCEEDED   `time` passed
//   ABORTED             the worker ended without a reply, and how
//   DATA_LOSS           it replied what is no image
//   others              there is no worker: as Spawn() says (bootstrap/spawn.h)
absl::StatusOr<Image> DecodeInWorker(ipc_channel::UniqueFd file,
                                     const WorkerOptions& options);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_DECODE_IN_WORKER_H_
