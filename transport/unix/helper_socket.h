#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HELPER_SOCKET_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HELPER_SOCKET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/outgoing_packet.h"
#include "ipc_channel/transport/unix/packet.h"

namespace ipc_channel::transport::unix_backend {

// The helper socket that carries the handles of a message which one packet
// cannot carry (packet.h). Neither function waits. Thread-safe.

// Makes a helper socket whose queue holds `packets`; `helper` gets the end to
// attach. Returns 0 or an errno: never EAGAIN, and after an errno nothing is in
// flight.
int NewFilledHelper(std::span<const HelperPacket> packets, UniqueFd& helper);

// Takes `handle_count` handles out of `helper`, which a peer sent. DATA_LOSS
// unless it holds exactly these now; RESOURCE_EXHAUSTED if this process may not
// open all of them, which are lost.
absl::Status DrainHelper(UniqueFd helper, std::size_t handle_count,
                         std::vector<HandleEntry>& entries,
                         std::vector<UniqueFd>& descriptors);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HELPER_SOCKET_H_
