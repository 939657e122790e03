#ifndef IPC_CHANNEL_TRANSPORT_UNIX_MEMORY_OBJECT_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_MEMORY_OBJECT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// Anonymous memory objects (memfd), written and then sealed: from then on
// nobody who holds the descriptor can write, shrink or grow them. Thread-safe;
// waits for no peer.
//
// Both give RESOURCE_EXHAUSTED without memory or descriptors, and OUT_OF_RANGE
// over the process's file size limit (which the kernel would enforce with
// SIGXFSZ). Both give UNIMPLEMENTED, without calling `fill`, where the
// system or a sandbox has no memfd for us: the callers, none of whom hands that
// code on, then go by private_region.h and socket_carrier.h. Asked anew each
// time, for one cheap system call: a sandbox may close behind a process.

// An object holding a copy of `bytes`, which must not be empty.
absl::StatusOr<UniqueFd> SealedObjectWithCopyOf(
    std::span<const std::byte> bytes);

// An object of `size` bytes, more than 0, written in place by `fill`.
absl::StatusOr<UniqueFd> SealedObjectFilledBy(
    std::size_t size, absl::FunctionRef<void(std::span<std::byte>)> fill);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_MEMORY_OBJECT_H_
