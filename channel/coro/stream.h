#ifndef IPC_CHANNEL_CHANNEL_CORO_STREAM_H_
#define IPC_CHANNEL_CHANNEL_CORO_STREAM_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/coro/async_receiver.h"
#include "ipc_channel/channel/coro/generator.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel::coro {

// All that comes on a channel until it is disconnected, one after another:
//
//   auto jobs = coro::Stream(*std::move(receiver));
//   while (std::optional<absl::StatusOr<Job>> job = co_await jobs.Next()) {
//     if (!job->ok()) continue;  // one message was lost, not the channel
//     ...
//
// as `for (auto& job : receiver)` is for a Receiver<T>: messages that were lost
// (DATA_LOSS, RESOURCE_EXHAUSTED) come as their status; any other error comes
// too and is the last. RESOURCE_EXHAUSTED for want of descriptors comes at each
// Next() while that lasts, and loses no message: pause (sleep.h). Destroying
// the generator destroys the receiver.
template <class T>
Generator<absl::StatusOr<T>> Stream(AsyncReceiver<T> receiver) {
  bool is_open = true;
  while (is_open) {
    absl::StatusOr<T> value = co_await receiver.Recv();
    if (transport::IsDisconnected(value.status())) co_return;
    is_open = value.ok() || absl::IsDataLoss(value.status()) ||
              absl::IsResourceExhausted(value.status());
    co_yield std::move(value);
  }
}

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_STREAM_H_
