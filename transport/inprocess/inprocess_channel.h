#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_INPROCESS_CHANNEL_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_INPROCESS_CHANNEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include "absl/status/statusor.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel::transport {

// A channel between threads of this process: a queue in memory, no descriptors
// (unless Receiver::NativeWaitable() or waitable() is asked for one), no system
// calls but to wait; for some microseconds a thread waits without one. Takes
// any capacity, kInprocessCapacity messages by default.
//
// A payload of up to 4 KiB costs no allocation once the channel has been used
// (less in a channel for more than 256 messages: their number times this is 1
// MiB, but 64 bytes are always free). The channel keeps that memory while the
// receiver lives.
//
// Its ends cannot be sent over a channel that leaves the process
// (INVALID_ARGUMENT); ends of any kind can be sent over it. A receiver sent
// over its own channel, or receivers each sent over the next one's, are gone:
// their senders are told Disconnected. The former needs no room in the channel.
// A circle of several is closed only once there is room for its last receiver;
// if that lies in a channel which only a receiver in the circle could empty,
// the send waits until its deadline.
//
// fork() copies such a channel with everything queued: from then on there are
// two, one in each process, that know nothing of each other. The child may use
// and destroy its copy if no other thread was using an in-process channel or a
// set with one at that moment; otherwise a lock may never be released there,
// and all it can do is exec() or _exit().
absl::StatusOr<ChannelPair> CreateInprocessChannel(
    const ChannelOptions& options = {});

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_INPROCESS_CHANNEL_H_
