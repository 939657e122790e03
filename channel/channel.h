#ifndef IPC_CHANNEL_CHANNEL_CHANNEL_H_
#define IPC_CHANNEL_CHANNEL_CHANNEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/mutable_memory.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/opaque_sender.h"
#include "ipc_channel/channel/read_only_memory.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/receiver_event.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel {

using transport::ChannelCapacity;
using transport::ChannelOptions;
using transport::IsDisconnected;
using transport::IsFull;

// The two ends of a channel of T.
template <class T>
struct ChannelEnds {
  Sender<T> sender;
  Receiver<T> receiver;
};

// A new channel of T: many senders, one receiver, values in order. Either end
// can be sent to another process as a field of a message. T must be
// serializable (serialize/serialize.h): an aggregate of such members is.
//
//   auto channel = ipc_channel::Channel<int>();
//   if (!channel.ok()) return channel.status();
//   auto& [sender, receiver] = *channel;
//
// Whoever loops over `receiver` until Disconnected must have given `sender`
// away: a copy that is kept here keeps the channel open.
//
// How much it queues and how large a message may be: `options`
// (transport/channel_options.h), as ChannelOptions{.capacity = {{.messages =
// 100}}}.
//
// Thread-safe; does not block.
//
//   RESOURCE_EXHAUSTED  no descriptors or no memory
//   OUT_OF_RANGE        the system does not allow such a capacity; the message
//                       says how much it allows
template <class T>
absl::StatusOr<ChannelEnds<T>> Channel(const ChannelOptions& options = {}) {
  absl::StatusOr<transport::ChannelPair> pair =
      transport::CreateChannel(options);
  if (!pair.ok()) return pair.status();
  return ChannelEnds<T>{Sender<T>(std::move(pair->sender)),
                        Receiver<T>(std::move(pair->receiver))};
}

// The two ends of a channel of bytes: BytesSender, BytesReceiver.
using BytesChannelEnds = ChannelEnds<Bytes>;

// A new channel of bytes: the same, but each message is raw bytes, with nothing
// of ours around them. What can be done with a channel of T can be done with
// one of Bytes (Channel<Bytes>() is this function), and its ends may be fields
// of messages too.
inline absl::StatusOr<BytesChannelEnds> BytesChannel(
    const ChannelOptions& options = {}) {
  return Channel<Bytes>(options);
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_CHANNEL_H_
