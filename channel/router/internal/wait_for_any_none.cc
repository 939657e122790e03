#include <span>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/wait_for_any.h"

namespace ipc_channel::router_internal {

absl::Status WaitForAny(std::span<WaitEntry>, absl::Time) {
  return absl::UnimplementedError("no descriptor to wait for on this system");
}

}  // namespace ipc_channel::router_internal
