#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_SPAWN_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_SPAWN_H_

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/child.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

// Spawn() (bootstrap/spawn.h) for channels of messages without a type.
struct RawSpawned {
  Child child;
  transport::Sender sender;
  transport::Receiver receiver;
  StdioPipes pipes;
};
absl::StatusOr<RawSpawned> RawSpawn(Command command,
                                    const SpawnContents& contents);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_RAW_SPAWN_H_
