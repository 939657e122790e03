#ifndef IPC_CHANNEL_EXAMPLES_DECODER_WORKER_H_
#define IPC_CHANNEL_EXAMPLES_DECODER_WORKER_H_

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/inherited_channel.h"
#include "ipc_channel/examples/decoder/protocol.h"
#include "ipc_channel/examples/sandbox/sandbox.h"

namespace decoder {

using WorkerEnds = ipc_channel::InheritedEnds<Job, Reply>;

// What a worker does first: takes the ends that DecodeInWorker()
// (decode_in_worker.h) gave it, and enters the sandbox. Errors are those of
// InheritedChannel() and EnterSandbox().
absl::StatusOr<WorkerEnds> StartWorker(const sandbox::Policy& policy);

// The exit code of a worker that had no ends, or was not let into its sandbox.
inline constexpr int kNoSandboxCode = 100;

// The worker: does one job, after it has given up its rights. Returns its exit
// code, to be used by _exit(), for what runs at the exit of a process may need
// system calls that are not allowed any more.
int RunWorker(const sandbox::Policy& policy);

}  // namespace decoder

#endif  // IPC_CHANNEL_EXAMPLES_DECODER_WORKER_H_
