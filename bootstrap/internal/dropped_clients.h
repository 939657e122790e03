#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_DROPPED_CLIENTS_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_DROPPED_CLIENTS_H_

#include <cstdint>

#include "absl/status/status.h"

namespace ipc_channel::internal {

// Remembers what became of the clients that a server did not serve, for whoever
// waits in vain. Thread-compatible.
class DroppedClients {
 public:
  // A client was dropped because of `reason`.
  void Add(absl::Status reason);

  // DEADLINE_EXCEEDED, with the number dropped and the last reason.
  absl::Status NobodyInTime() const;

 private:
  std::int64_t count_ = 0;
  absl::Status last_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_DROPPED_CLIENTS_H_
