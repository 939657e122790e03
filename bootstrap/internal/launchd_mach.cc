#include <mach/mach.h>
#include <servers/bootstrap.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/bootstrap/internal/launchd.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::internal {
namespace {

using transport::mach_backend::KernToStatus;
using transport::mach_backend::ReceiveRight;
using transport::mach_backend::SendRight;

// launchd learns by a message of its own that a port has died, and may be asked
// for the name before it has read that.
constexpr int kMostAttempts = 3;

absl::Status ToStatus(kern_return_t result, const char* call) {
  switch (result) {
    case BOOTSTRAP_NO_MEMORY:
      return absl::ResourceExhaustedError(
          absl::StrCat(call, ": launchd has no memory"));
    case BOOTSTRAP_NOT_PRIVILEGED:
    case BOOTSTRAP_UNKNOWN_SERVICE:
      return absl::PermissionDeniedError(
          absl::StrCat(call, ": launchd refuses this process that name"));
    case BOOTSTRAP_SERVICE_ACTIVE:
    case BOOTSTRAP_NAME_IN_USE:
      return absl::AlreadyExistsError(
          absl::StrCat(call, ": launchd says that somebody has that name"));
    case MACH_SEND_INVALID_DEST:
      return absl::PermissionDeniedError(
          absl::StrCat(call, ": this process has no launchd"));
    default:
      return KernToStatus(result, call);
  }
}

bool IsTaken(kern_return_t result) {
  return result == BOOTSTRAP_SERVICE_ACTIVE ||
         result == BOOTSTRAP_NOT_PRIVILEGED || result == BOOTSTRAP_NAME_IN_USE;
}

bool IsAlive(const SendRight& right) {
  mach_port_type_t type = 0;
  return MACH_PORT_VALID(right.name()) &&
         ::mach_port_type(mach_task_self(), right.name(), &type) ==
             KERN_SUCCESS &&
         (type & MACH_PORT_TYPE_DEAD_NAME) == 0;
}

}  // namespace

absl::StatusOr<ReceiveRight> CheckInService(const std::string& name,
                                            const LaunchdCalls& launchd) {
  kern_return_t result = KERN_SUCCESS;
  bool has_holder = false;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    mach_port_t port = MACH_PORT_NULL;
    result = launchd.check_in(bootstrap_port, name.c_str(), &port);
    if (result == BOOTSTRAP_SUCCESS) return ReceiveRight(port);
    if (!IsTaken(result)) return ToStatus(result, "bootstrap_check_in");
    const absl::StatusOr<SendRight> holder = LookUpService(name, launchd);
    has_holder = holder.ok();
    if (has_holder && IsAlive(*holder)) {
      return absl::AlreadyExistsError("another server has that name");
    }
  }
  if (!has_holder) return ToStatus(result, "bootstrap_check_in");
  return absl::AlreadyExistsError(
      "a server that has gone has that name in launchd's eyes");
}

absl::StatusOr<SendRight> LookUpService(const std::string& name,
                                        const LaunchdCalls& launchd) {
  mach_port_t port = MACH_PORT_NULL;
  const kern_return_t result =
      launchd.look_up(bootstrap_port, name.c_str(), &port);
  if (result == BOOTSTRAP_SUCCESS) return SendRight(port);
  if (result == BOOTSTRAP_UNKNOWN_SERVICE) {
    return transport::DisconnectedError("there is no server of that name");
  }
  return ToStatus(result, "bootstrap_look_up");
}

}  // namespace ipc_channel::internal
