#include "ipc_channel/bootstrap/internal/dropped_clients.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ipc_channel::internal {

void DroppedClients::Add(absl::Status reason) {
  ++count_;
  last_ = std::move(reason);
}

absl::Status DroppedClients::NobodyInTime() const {
  if (count_ == 0) {
    return absl::DeadlineExceededError("no client said anything in time");
  }
  return absl::DeadlineExceededError(
      absl::StrCat("no client to serve in time; dropped: ", count_,
                   ", the last of them: ", last_.message()));
}

}  // namespace ipc_channel::internal
