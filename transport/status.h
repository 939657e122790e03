#ifndef IPC_CHANNEL_TRANSPORT_STATUS_H_
#define IPC_CHANNEL_TRANSPORT_STATUS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string_view>

#include "absl/status/status.h"

namespace ipc_channel::transport {

// The codes of all operations on channels, with one meaning each:
//
//   UNAVAILABLE          the other side is gone; nothing else uses this code
//   DEADLINE_EXCEEDED    the deadline passed while waiting
//   CANCELLED            this side gave up: a stop_token was told to stop, or
//                        what was waited in (an end, a loop) was destroyed or
//                        stopped here
//   RESOURCE_EXHAUSTED   full and not allowed to wait (IsFull() tells this case
//                        from the others); descriptors, memory, kernel limits
//   DATA_LOSS            a peer's message was malformed and has been dropped;
//                        the receiver stays usable
//   INVALID_ARGUMENT     the caller's argument
//   OUT_OF_RANGE         a limit of this library, the process or the system
//                        exceeded
//   FAILED_PRECONDITION  an object that cannot do that now: it is empty (moved
//                        from, closed, never filled), shut down, a forked
//                        child's copy, or in use by somebody else
//   PERMISSION_DENIED    the peer's identity was refused, or the system forbids
//                        the call
//   ALREADY_EXISTS       the name belongs to somebody who is there
//   UNIMPLEMENTED        nothing of that kind in this build
//   INTERNAL             the system did what it documents it cannot do, or code
//                        of the caller's (a callback, a type) broke its rules

// True if `status` says that the other side of a channel is gone.
bool IsDisconnected(const absl::Status& status);

// True if `status` says that a queue had no room and the caller chose not to
// wait: try again later. Other exhaustion of resources gives false.
bool IsFull(const absl::Status& status);

// The one way to say "the other side is gone".
absl::Status DisconnectedError(std::string_view message);

// The one way to say "the queue is full"; the result satisfies IsFull().
absl::Status FullError();

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_STATUS_H_
