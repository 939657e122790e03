#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_ENDS_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_ENDS_H_

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"

namespace ipc_channel::internal {

// InheritedChannel() (bootstrap/inherited_channel.h) for channels of messages
// without a type.
absl::StatusOr<RawInheritedEnds> TakeInheritedEnds(
    const SpawnContents& contents);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_INHERITED_ENDS_H_
