#ifndef IPC_CHANNEL_CHANNEL_RPC_SERVER_STATUS_H_
#define IPC_CHANNEL_CHANNEL_RPC_SERVER_STATUS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <optional>

#include "absl/status/status.h"

namespace ipc_channel::rpc {

// If `status`, which a call has given (client.h), is what the server answered:
// the code that it answered with. Empty if it comes from here: from the
// channel, or because this side gave up.
//
// What the server says arrives as it is, code, message and payloads, but for
// two things. UNAVAILABLE becomes ABORTED, so that it never looks like the end
// of the channel (IsDisconnected()); this function gives UNAVAILABLE for it.
// And payloads whose type URL begins with "ipc_channel/" are this library's:
// those of the server are left out, so that it never looks like a full channel
// either (IsFull()). Thread-safe.
std::optional<absl::StatusCode> ServerCode(const absl::Status& status);

namespace internal {

// What a call gives for what the server answered, which is not OK.
absl::Status FromServer(const absl::Status& answered);

}  // namespace internal
}  // namespace ipc_channel::rpc

#endif  // IPC_CHANNEL_CHANNEL_RPC_SERVER_STATUS_H_
