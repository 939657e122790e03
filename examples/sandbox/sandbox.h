#ifndef IPC_CHANNEL_EXAMPLES_SANDBOX_SANDBOX_H_
#define IPC_CHANNEL_EXAMPLES_SANDBOX_SANDBOX_H_

#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/examples/sandbox/process_limits.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace sandbox {

// What a sandboxed process may still do.
struct Policy {
  std::vector<AllowedCall> calls;
  ProcessLimits limits;
};

// Takes from this process, for good, all but what `policy` leaves it:
//
//   files      an empty file system, and no network, where the system lets an
//              unprivileged process have them (empty_root.h); no path may be
//              opened where the kernel has Landlock
//   rights     no capabilities, and no new ones
//   others     no process without privileges may look into this one; it is
//              killed when the thread that started it ends
//   resources  `policy.limits`
//   the rest   every system call but `policy.calls` kills it by SIGSYS
//
// The first two rest on what the system allows and may be missing. The filter
// alone forbids what they do, if `policy.calls` has no call that takes a path
// or makes a socket; they hold if a mistake in it should be found.
//
// Call it in a process that has one thread and was just executed, before it
// reads anything of others. What is open stays open. Does not block. INTERNAL,
// or what AllowOnly() says, if the system refuses anything else: then the
// process has lost some of its rights and must not go on.
absl::Status EnterSandbox(const Policy& policy);

}  // namespace sandbox

#endif  // IPC_CHANNEL_EXAMPLES_SANDBOX_SANDBOX_H_
