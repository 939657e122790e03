#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_SANDBOX_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_SANDBOX_H_

#include "absl/status/status.h"

namespace browser {

// Takes away from this process, for good, all rights but to compute, to use the
// channels it has, and to be sent more: no file can be opened, no socket made,
// no program or process started, no other process touched. Forbidden calls fail
// with EPERM. There is an end to the descriptors, the time and the memory
// objects, too. Takes no privileges. (examples/sandbox/sandbox.h does more, and
// kills.)
//
// It has one thread, and is made by exec: what was inherited is still open.
// INTERNAL if the system refuses.
absl::Status EnterSandbox();

// Whether opening a file, making a socket and starting a program fail. Tries.
bool IsSandboxed();

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_SANDBOX_H_
