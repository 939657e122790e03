#ifndef IPC_CHANNEL_TRANSPORT_CHANNEL_OPTIONS_H_
#define IPC_CHANNEL_TRANSPORT_CHANNEL_OPTIONS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <optional>

#include "ipc_channel/transport/limits.h"

namespace ipc_channel::transport {

// What a channel queues, at the least, before a send waits: `messages` of them,
// whose contents are `bytes` together. Of a message count
//
//   its payload  in bytes, if that is kMaxInlineBytes at most; a larger one
//                travels beside the queue and counts nothing
//   its handles  16 bytes each
//
// A channel may have room for more. An in-process one takes exactly so many
// messages, and goes over `bytes` by one message at most. A socket has a buffer
// of its own measure, which is made large enough for the worst mixture of
// sizes. Either takes one message of any size whatever is asked for.
//
// It is no bound on memory: beside the queue there may be as many large
// payloads as messages. Whoever must not hold more counts himself, or sets a
// small max_message_bytes.
struct ChannelCapacity {
  std::size_t messages = 1;
  // Absent: 64 for each message, and in process no bound on them. 0: room is
  // certain for messages without contents only.
  std::optional<std::size_t> bytes = std::nullopt;
};

// How to make a channel, for those to whom the defaults do not suit. A value
// type; thread-compatible.
struct ChannelOptions {
  // Absent: 256 messages (kInprocessCapacity) of any size in process; what the
  // system gives a new socket otherwise.
  std::optional<ChannelCapacity> capacity = std::nullopt;

  // The largest payload, in bytes, that the sender sends and the receiver
  // accepts. Both ends have it until SetMaxMessageBytes() (sender.h,
  // receiver.h) changes it there. It does not travel: see there.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;

  // The same for the number of handles: the sender sends no more, and a message
  // with more is malformed to the receiver. More than kMaxMessageHandles is
  // that.
  std::size_t max_message_handles = kMaxMessageHandles;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_CHANNEL_OPTIONS_H_
