#ifndef IPC_CHANNEL_BOOTSTRAP_PEER_PIDFD_H_
#define IPC_CHANNEL_BOOTSTRAP_PEER_PIDFD_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/statusor.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// The process at the other end of a connection as a pidfd, which unlike a pid
// is never another process's: whoever connected, for the receiver of a client
// (Listener, OneShotServer); whoever listened, for a sender that Connect()
// gave. It is readable for poll() once that process has ended. Of the ends of a
// Channel() it is the process that made the channel.
//
// What is learnt about the process by its pid is true if the pidfd was there
// before and shows no end after. Costs a descriptor for as long as it is held,
// and nothing for those who do not ask. Thread-safe for senders,
// thread-compatible for receivers; does not block.
//
//   UNAVAILABLE          that process has ended. Newer kernels (6.16) give a
//                        pidfd all the same
//   UNIMPLEMENTED        the kernel cannot say (before Linux 6.5; macOS, where
//                        pid and pid_version of the PeerIdentity tell processes
//                        apart), or knows of no process, as of what a peer sent
//                        as an end and is none, or the channel is one within
//                        this process
//   RESOURCE_EXHAUSTED   no descriptors
//   FAILED_PRECONDITION  an empty end
absl::StatusOr<transport::UniqueFd> PeerPidfd(const transport::Receiver& end);
absl::StatusOr<transport::UniqueFd> PeerPidfd(const transport::Sender& end);

// The same for ends with a type.
template <class End>
requires requires(const End& end) { PeerPidfd(end.raw()); }
absl::StatusOr<transport::UniqueFd> PeerPidfd(const End& end) {
  return PeerPidfd(end.raw());
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_PEER_PIDFD_H_
