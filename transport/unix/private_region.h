#ifndef IPC_CHANNEL_TRANSPORT_UNIX_PRIVATE_REGION_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_PRIVATE_REGION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/region.h"
#include "ipc_channel/transport/unix/mapping.h"

namespace ipc_channel::transport::unix_backend {

// What stands in for sealed memory where there is none: memory of this process
// alone, read-only once it is filled, with no descriptor to hand on. Both are
// thread-safe, wait for nobody and give RESOURCE_EXHAUSTED without memory or
// address space.

// A region of `size` bytes, more than 0, written in place by `fill`, which is
// called once and finds it zeroed.
absl::StatusOr<RegionPtr> PrivateRegionFilledBy(
    std::size_t size, absl::FunctionRef<void(std::span<std::byte>)> fill);

// A region of the bytes in `memory`, which is a Mapping::Private().
absl::StatusOr<RegionPtr> PrivateRegionOf(Mapping memory);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_PRIVATE_REGION_H_
