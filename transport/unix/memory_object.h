#ifndef IPC_CHANNEL_TRANSPORT_UNIX_MEMORY_OBJECT_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_MEMORY_OBJECT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/mapping.h"

namespace ipc_channel::transport::unix_backend {

// Anonymous memory objects (memfd), sealed: from then on nobody who holds the
// descriptor can shrink or grow them, nor write but as is said. Thread-safe;
// waits for no peer.
//
// All give RESOURCE_EXHAUSTED without memory or descriptors, and OUT_OF_RANGE
// over the process's file size limit (which the kernel would enforce with
// SIGXFSZ).
//
// Where the system or a sandbox has no memfd for us, what a copy can stand in
// for gives UNIMPLEMENTED, without calling `fill`: the callers, none of whom
// hands that code on, then go by private_region.h and socket_carrier.h. Nothing
// can stand in for the other kinds, which give RESOURCE_EXHAUSTED. Asked anew
// each time, for one cheap system call: a sandbox may close behind a process.

// An object holding a copy of `content`, which must not be empty. Nobody can
// write to it.
absl::StatusOr<UniqueFd> SealedObjectWithCopyOf(const Payload& content);

// An object of `size` bytes, more than 0, written in place by `fill`. Then
// nobody can write to it.
absl::StatusOr<UniqueFd> SealedObjectFilledBy(
    std::size_t size, absl::FunctionRef<void(std::span<std::byte>)> fill);

// An object of `size` bytes, more than 0, zeroed and allocated, that everybody
// can write to.
absl::StatusOr<UniqueFd> MutableObject(std::size_t size);

// An object that is written through one mapping, and through nothing else:
// whoever holds the descriptor can only read.
struct ReadOnlyObject {
  UniqueFd object;
  Mapping writer;
};

// Such an object of `size` bytes, more than 0, zeroed and allocated.
// RESOURCE_EXHAUSTED from kernels that cannot make one (before 5.1), too.
absl::StatusOr<ReadOnlyObject> NewReadOnlyObject(std::size_t size);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_MEMORY_OBJECT_H_
