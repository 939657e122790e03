#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_ROUTE_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_ROUTE_H_

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/channel/router/internal/handler.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"

namespace ipc_channel::router_internal {

class Core;

// A receiver and what is done with its messages. Everything in it is guarded by
// the lock of the router; but while `is_running`, the handler, and in executor
// mode the receiver and the message, are those of the thread that runs it.
struct Route {
  using WatchedAs =
      std::unordered_map<transport::ReceiverSet::Id, Route*>::node_type;

  std::uint64_t id = 0;
  std::unique_ptr<Handler> handler;

  // The receiver is in the set, under this name, or else here.
  transport::ReceiverSet::Id watched_as = 0;
  WatchedAs watched_node;  // while it is not in the set
  transport::Receiver receiver;

  bool is_running = false;  // a thread is in the handler
  bool is_queued = false;   // a task for it is at the executor
  bool is_ended = false;    // stays only until neither is so
  bool is_holding = false;  // the handler waits for room

  // While it rests: when it is to be looked at again, and what ends that
  // earlier.
  bool is_resting = false;
  bool is_ready = false;
  RoomWait wait;
  absl::Duration last_pause = absl::ZeroDuration();

  // What came, for the executor, and whose task it is that handles it.
  Core* core = nullptr;
  absl::Status status;
  transport::Message message;
};

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_ROUTE_H_
