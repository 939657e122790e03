#ifndef IPC_CHANNEL_TRANSPORT_POLL_BOTH_H_
#define IPC_CHANNEL_TRANSPORT_POLL_BOTH_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/ready_list.h"

namespace ipc_channel::transport {

// Gives the ids of a part of a set's lanes that the kernel knows ready, waiting
// until the deadline.
using PollKernelFunction = absl::FunctionRef<absl::StatusOr<std::size_t>(
    std::span<std::uint64_t> ids, absl::Time deadline)>;

// SetWaiter::Poll() of lanes that the kernel waits for and of those in `ready`,
// null if there are none. Neither may crowd out the other, so each gets half of
// the places, and what the other one leaves. `round_up` says whose turn an odd
// place is, and changes. Thread-compatible.
absl::StatusOr<std::size_t> PollBoth(PollKernelFunction poll_kernel,
                                     ReadyList* ready, bool& round_up,
                                     std::span<std::uint64_t> ids,
                                     absl::Time deadline);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_POLL_BOTH_H_
