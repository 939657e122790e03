#ifndef IPC_CHANNEL_EXAMPLES_SANDBOX_SANITIZER_CALLS_H_
#define IPC_CHANNEL_EXAMPLES_SANDBOX_SANITIZER_CALLS_H_

#include <vector>

#include "ipc_channel/examples/sandbox/sandbox.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace sandbox {

// For tests: what a sanitizer makes of a program needs besides. Empty in a
// build without one.
std::vector<AllowedCall> SanitizerCalls();

// `policy` with those, and with the address space that it needs. The same in a
// build without one.
Policy ForSanitizers(Policy policy);

}  // namespace sandbox

#endif  // IPC_CHANNEL_EXAMPLES_SANDBOX_SANITIZER_CALLS_H_
