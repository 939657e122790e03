#ifndef IPC_CHANNEL_TRANSPORT_UNIX_UNIX_CHANNEL_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_UNIX_CHANNEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/statusor.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// A channel over a pair of Unix sockets of type SOCK_SEQPACKET. An idle channel
// is two descriptors. Its ends hold no locks: a forked child can use the copies
// that it inherits, which are holds on the same ends. Whoever holds the sending
// end can change the capacity. As CreateChannel() otherwise.
absl::StatusOr<ChannelPair> CreateUnixChannel(
    const ChannelOptions& options = {});

// An end of a channel out of a connected SOCK_SEQPACKET socket that came to
// this process by other ways: accepted, connected, inherited. Takes over the
// descriptor; closes it on failure. INVALID_ARGUMENT if it is no such socket.
//
// The sending end is shut for reading, so that nobody who holds the other end
// can park data or descriptors in it.
absl::StatusOr<Sender> AdoptUnixSender(UniqueFd socket);
absl::StatusOr<Receiver> AdoptUnixReceiver(UniqueFd socket);

// The same without a look at what the socket is, which costs three system
// calls: for one that this process itself has made as SOCK_SEQPACKET and
// connected, or has just accepted at such a one. Never for what others passed.
absl::StatusOr<Sender> OwnUnixSender(UniqueFd socket);
Receiver OwnUnixReceiver(UniqueFd socket);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_UNIX_CHANNEL_H_
