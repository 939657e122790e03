#ifndef IPC_CHANNEL_TRANSPORT_UNIX_SEALED_REGION_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_SEALED_REGION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/region.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// Maps the memory object `object`, which a peer may have made, as `size` bytes
// (more than 0) that cannot change any more. Takes over the descriptor; closes
// it on failure. Thread-safe; does not block.
//
// DATA_LOSS unless reading the mapping is safe whatever the maker does: the
// object is sealed against writing, shrinking, growing and other seals, lives
// in tmpfs (a huge-page object may run out of pages at a read), is of exactly
// `size` bytes, and has memory behind each of them (or a sparse object would
// make us pay for its maker's claims). RESOURCE_EXHAUSTED without address
// space.
absl::StatusOr<RegionPtr> MapSealedRegion(UniqueFd object, std::size_t size);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_SEALED_REGION_H_
