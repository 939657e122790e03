#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_CHECK_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_CHECK_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"

namespace ipc_channel::internal {

// What TakeInheritedEnds() says, however the ends came. Thread-safe.

// FAILED_PRECONDITION.
absl::Status NothingInheritedError();

// INVALID_ARGUMENT: the variable does not lead to ends.
absl::Status InheritedNonsenseError();

// `ends`, if the parent's contents are `ours`. INVALID_ARGUMENT else: the ends
// are closed, and the parent is told.
absl::StatusOr<RawInheritedEnds> CheckInherited(RawInheritedEnds ends,
                                                const SpawnContents& parents,
                                                const SpawnContents& ours);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_CHECK_H_
