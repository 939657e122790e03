#include "ipc_channel/channel/internal/opaque_cast.h"

#include <cstdint>

#include "absl/status/status.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::internal {

absl::Status CheckCast(bool valid, std::uint64_t content,
                       std::uint64_t wanted) {
  return transport::OrOutOfMemory([&] {
    if (!valid) {
      return absl::FailedPreconditionError("an empty opaque end has no type");
    }
    if (content != wanted) {
      return absl::InvalidArgumentError(
          "the opaque end is of a channel of another type");
    }
    return absl::OkStatus();
  });
}

}  // namespace ipc_channel::internal
