#ifndef IPC_CHANNEL_CHANNEL_INPROCESS_CHANNEL_H_
#define IPC_CHANNEL_CHANNEL_INPROCESS_CHANNEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel {

// A bounded queue between threads of this process, with the ends that channels
// have: BytesSender and BytesReceiver for T = Bytes. 256 values unless
// `options` say otherwise. No descriptor and no system call but to wait.
//
// Its ends cannot be sent to other processes (INVALID_ARGUMENT); ends and
// descriptors of any kind can be sent over it. What a forked child has of it:
// transport/inprocess/inprocess_channel.h.
//
// Thread-safe; does not block. RESOURCE_EXHAUSTED without memory.
template <class T>
absl::StatusOr<ChannelEnds<T>> InprocessChannel(
    const transport::ChannelOptions& options = {}) {
  return transport::OrOutOfMemory([&]() -> absl::StatusOr<ChannelEnds<T>> {
    absl::StatusOr<transport::ChannelPair> pair =
        transport::CreateInprocessChannel(options);
    if (!pair.ok()) return pair.status();
    return ChannelEnds<T>{Sender<T>(std::move(pair->sender)),
                          Receiver<T>(std::move(pair->receiver))};
  });
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_INPROCESS_CHANNEL_H_
