#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_START_THREAD_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_START_THREAD_H_

#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace ipc_channel::router_internal {

// Runs `body` in a thread of its own. RESOURCE_EXHAUSTED if the system starts
// no more threads; `body` has been destroyed then.
absl::StatusOr<std::thread> StartThread(absl::AnyInvocable<void() &&> body);

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_START_THREAD_H_
