#include <unistd.h>

#include <cstdint>

#include "ipc_channel/bootstrap/internal/own_user.h"
#include "ipc_channel/bootstrap/peer_identity.h"

namespace ipc_channel::internal {

bool IsOwnUser(const PeerIdentity& peer) {
  return peer.uid == std::int64_t{::geteuid()};
}

}  // namespace ipc_channel::internal
