#ifndef IPC_CHANNEL_EXAMPLES_SANDBOX_CHANNEL_CALLS_H_
#define IPC_CHANNEL_EXAMPLES_SANDBOX_CHANNEL_CALLS_H_

#include <initializer_list>
#include <span>
#include <vector>

#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace sandbox {

using Calls = std::span<const AllowedCall>;

// The system calls that channels make, by what is done with them: the rows of
// the table in docs/sandboxing.md. ProgramCalls() and kValueCalls are always
// needed, and the others beside them.
//
// Values are sent and received, waited for, and given up; descriptors too.
extern const Calls kValueCalls;
// A send waits for room in a full channel.
extern const Calls kWaitingSendCalls;
// Senders and receivers are sent and received.
extern const Calls kEndCalls;
// Memory is received, or a value over 68 KiB.
extern const Calls kReceivedMemoryCalls;
// Memory is made, or a value over 68 KiB sent.
extern const Calls kMadeMemoryCalls;
// In place of the last: both without memfd_create.
extern const Calls kCarrierCalls;
// Messages with more than 252 handles.
extern const Calls kManyHandlesCalls;
// Channels are made.
extern const Calls kMadeChannelCalls;
// Receivers are waited for in sets.
extern const Calls kReceiverSetCalls;
// A receive can be stopped.
extern const Calls kStopTokenCalls;
// A router, with the threads that it makes.
extern const Calls kRouterCalls;

// What is no channel's: memory, time, locks, the end, and abort().
std::vector<AllowedCall> ProgramCalls();

// All of them in one list.
std::vector<AllowedCall> Together(std::initializer_list<Calls> parts);

}  // namespace sandbox

#endif  // IPC_CHANNEL_EXAMPLES_SANDBOX_CHANNEL_CALLS_H_
