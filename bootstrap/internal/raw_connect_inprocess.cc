#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/inprocess_registry.h"
#include "ipc_channel/bootstrap/internal/raw_connect.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::internal {

absl::StatusOr<transport::Sender> RawConnect(std::string_view name,
                                             absl::Time /*deadline*/) {
  if (!name.starts_with("inprocess:")) {
    return absl::InvalidArgumentError("not the name of a one-shot server");
  }
  std::optional<transport::Sender> sender = TakeInprocess(name);
  if (!sender.has_value()) {
    return transport::DisconnectedError("there is no server of that name");
  }
  return *std::move(sender);
}

}  // namespace ipc_channel::internal
