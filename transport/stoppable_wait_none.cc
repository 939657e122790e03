#include <stop_token>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/stoppable_wait.h"

namespace ipc_channel::transport {

absl::Status WaitForReadable(BorrowedFd, absl::Time, const std::stop_token&) {
  return absl::UnimplementedError("no descriptor to wait for on this system");
}

}  // namespace ipc_channel::transport
