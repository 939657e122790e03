#include "ipc_channel/transport/lane.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

absl::Status NothingToWaitFor() {
  return absl::UnimplementedError("nothing to wait for in this build");
}

}  // namespace

absl::StatusOr<BorrowedFd> SenderLane::Waitable() { return NothingToWaitFor(); }

absl::StatusOr<BorrowedFd> ReceiverLane::Waitable() {
  if (descriptor().valid()) return descriptor();
  return NothingToWaitFor();
}

}  // namespace ipc_channel::transport
