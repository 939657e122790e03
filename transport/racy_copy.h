#ifndef IPC_CHANNEL_TRANSPORT_RACY_COPY_H_
#define IPC_CHANNEL_TRANSPORT_RACY_COPY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>

#include "absl/status/status.h"

namespace ipc_channel::transport {

// Copies from and to memory that other threads and processes may read and write
// at the same time. That is no data race, for every access to `shared` is an
// atomic one (relaxed); and each byte is accessed exactly once, so that what
// was copied out cannot change between a check and its use. What the others
// write meanwhile is seen or not, byte by byte: the copy need not be anything
// that ever was in the memory at one moment. Orders nothing else.
//
// INVALID_ARGUMENT, with nothing copied, if the range from `offset` is not all
// within `shared`: any offset may be given, a peer's too. The copy's other side
// is the caller's alone. Thread-safe; do not block.

absl::Status RacyCopyOut(std::span<const std::byte> shared, std::size_t offset,
                         std::span<std::byte> out);

absl::Status RacyCopyIn(std::span<std::byte> shared, std::size_t offset,
                        std::span<const std::byte> bytes);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_RACY_COPY_H_
