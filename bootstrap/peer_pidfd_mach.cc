#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/peer_pidfd.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

template <class End>
absl::StatusOr<transport::UniqueFd> PidfdOf(const End& end) {
  if (!end.valid()) {
    return absl::FailedPreconditionError("this end of a channel is empty");
  }
  return absl::UnimplementedError(
      "no descriptor stands for a process on this system");
}

}  // namespace

absl::StatusOr<transport::UniqueFd> PeerPidfd(const transport::Receiver& end) {
  return PidfdOf(end);
}

absl::StatusOr<transport::UniqueFd> PeerPidfd(const transport::Sender& end) {
  return PidfdOf(end);
}

}  // namespace ipc_channel
