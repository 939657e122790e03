#include <signal.h>
#include <sys/prctl.h>

#include "absl/status/status.h"
#include "ipc_channel/examples/sandbox/empty_root.h"
#include "ipc_channel/examples/sandbox/landlock.h"
#include "ipc_channel/examples/sandbox/privileges.h"
#include "ipc_channel/examples/sandbox/process_limits.h"
#include "ipc_channel/examples/sandbox/sandbox.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace sandbox {
namespace {

absl::Status DropRights() {
  absl::Status dropped = ForbidNewPrivileges();
  dropped.Update(DropCapabilities());
  return dropped;
}

// After the change of rights, which undoes both.
absl::Status CloseToOthers() {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
      ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0) {
    return absl::OkStatus();
  }
  return absl::InternalError("prctl");
}

}  // namespace

absl::Status EnterSandbox(const Policy& policy) {
  EnterEmptyRoot();
  absl::Status entered = DropRights();
  ForbidAllPaths();
  entered.Update(CloseToOthers());
  entered.Update(LimitProcess(policy.limits));
  if (!entered.ok()) return entered;
  return AllowOnly(policy.calls, Forbidden::kKills);
}

}  // namespace sandbox
