#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_ASK_FOR_ENDS_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_ASK_FOR_ENDS_H_

#include <mach/mach.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::internal {

// What TakeInheritedEnds() does with the port that it has found: asks there
// (inherited_port.h), and waits for the answer. Nothing is believed of that;
// after any status but OK nothing of it is left here. If nobody is there any
// more these are ends that say so. Thread-safe.
//
//   INVALID_ARGUMENT    the answer is none, or the parent was built with other
//                       definitions
//   DEADLINE_EXCEEDED   no answer until `deadline`, whatever signals come
//   RESOURCE_EXHAUSTED  no names or memory
absl::StatusOr<RawInheritedEnds> AskForEnds(
    const transport::mach_backend::SendRight& parent,
    const SpawnContents& contents, absl::Time deadline);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_ASK_FOR_ENDS_H_
