#ifndef IPC_CHANNEL_BOOTSTRAP_PEER_IDENTITY_H_
#define IPC_CHANNEL_BOOTSTRAP_PEER_IDENTITY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>

namespace ipc_channel {

// Who is at the other end of a connection, as the kernel tells it and not as
// the peer does: the process that connected, at that moment. A process number
// can have been given to another process since: peer_pidfd.h, and on macOS
// pid_version. All -1 where the peer is a thread of this process
// (backend=inprocess).
struct PeerIdentity {
  std::int64_t pid = -1;
  std::int64_t uid = -1;
  std::int64_t gid = -1;

  // Another one for each program that a process number was given to: of two
  // peers with one pid and two of these, one has ended, or runs another program
  // now. That of the audit token on macOS, -1 elsewhere.
  std::int64_t pid_version = -1;

  friend bool operator==(const PeerIdentity&, const PeerIdentity&) = default;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_PEER_IDENTITY_H_
