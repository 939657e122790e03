#ifndef IPC_CHANNEL_TRANSPORT_MACH_MACH_CHANNEL_H_
#define IPC_CHANNEL_TRANSPORT_MACH_MACH_CHANNEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::transport {

// The most messages that a port queues (MACH_PORT_QLIMIT_LARGE).
inline constexpr std::size_t kMaxMachCapacity = 1024;

// A channel that is a Mach port: the receive right, and send rights. No
// descriptors, unless something is to be waited for. A handle that is a plain
// descriptor travels as a fileport.
//
// Takes exactly the number of messages asked for, kInprocessCapacity by
// default, whatever their size: the kernel does not count bytes. Each move of
// the receiver while messages are queued leaves a notification behind these,
// which takes the place of one message until it has been received. More than
// kMaxMachCapacity is OUT_OF_RANGE, fewer than one is one.
//
// fork() gives a child neither end: what it has copies of is
// FAILED_PRECONDITION there. (posix_spawn() and a special port are the way, or
// a name.)
absl::StatusOr<ChannelPair> CreateMachChannel(
    const ChannelOptions& options = {});

// Ends from rights that came by another way. INVALID_ARGUMENT for none;
// RESOURCE_EXHAUSTED.
absl::StatusOr<Sender> AdoptMachSender(mach_backend::SendRight right);
absl::StatusOr<Receiver> AdoptMachReceiver(mach_backend::ReceiveRight right);

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_MACH_MACH_CHANNEL_H_
