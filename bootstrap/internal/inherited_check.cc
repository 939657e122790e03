#include "ipc_channel/bootstrap/internal/inherited_check.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/inherited_variable.h"
#include "ipc_channel/bootstrap/internal/other_types.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"

namespace ipc_channel::internal {

absl::Status NothingInheritedError() {
  return absl::FailedPreconditionError(
      "there are no inherited channels: this process was not started by "
      "Spawn(), or they have been taken");
}

absl::Status InheritedNonsenseError() {
  return absl::InvalidArgumentError(std::string(kInheritedVariable) +
                                    " does not name the inherited channels");
}

absl::StatusOr<RawInheritedEnds> CheckInherited(RawInheritedEnds ends,
                                                const SpawnContents& parents,
                                                const SpawnContents& ours) {
  if (parents == ours) return ends;
  TellBuiltWithOtherTypes(ends.sender, parents.to_parent);
  return absl::InvalidArgumentError(
      "the parent was built with other definitions of what goes through the "
      "channels");
}

}  // namespace ipc_channel::internal
