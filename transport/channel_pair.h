#ifndef IPC_CHANNEL_TRANSPORT_CHANNEL_PAIR_H_
#define IPC_CHANNEL_TRANSPORT_CHANNEL_PAIR_H_

#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::transport {

// The two ends of a channel. Messages go from the sender to the receiver only.
struct ChannelPair {
  Sender sender;
  Receiver receiver;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_CHANNEL_PAIR_H_
