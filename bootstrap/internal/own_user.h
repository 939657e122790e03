#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_OWN_USER_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_OWN_USER_H_

#include "ipc_channel/bootstrap/peer_identity.h"

namespace ipc_channel::internal {

// True if `peer`, as an audit token tells it, has this process's effective
// user. Thread-safe; does not block.
bool IsOwnUser(const PeerIdentity& peer);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_OWN_USER_H_
