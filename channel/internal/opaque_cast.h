#ifndef IPC_CHANNEL_CHANNEL_INTERNAL_OPAQUE_CAST_H_
#define IPC_CHANNEL_CHANNEL_INTERNAL_OPAQUE_CAST_H_

#include <cstdint>

#include "absl/status/status.h"

namespace ipc_channel::internal {

// Whether an opaque end, which is `valid` or empty and claims `content`, may
// become one of a channel of `wanted`: OK, FAILED_PRECONDITION if it is empty,
// INVALID_ARGUMENT if it is of another type.
absl::Status CheckCast(bool valid, std::uint64_t content, std::uint64_t wanted);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_INTERNAL_OPAQUE_CAST_H_
