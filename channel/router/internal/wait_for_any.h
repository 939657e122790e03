#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_WAIT_FOR_ANY_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_WAIT_FOR_ANY_H_

#include <span>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::router_internal {

struct WaitEntry {
  transport::BorrowedFd descriptor;
  transport::Interest interest = transport::Interest::kReadable;
  bool is_ready = false;
};

// Waits until one of `entries` is ready, or in error, or `deadline` has passed,
// and says which are ready. Those whose descriptor is not valid never are. May
// return early with none. Allocates nothing for up to 16 entries.
//
//   RESOURCE_EXHAUSTED  no memory for waiting; did not wait
//   UNIMPLEMENTED       nothing can be waited for on this system
absl::Status WaitForAny(std::span<WaitEntry> entries, absl::Time deadline);

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_WAIT_FOR_ANY_H_
