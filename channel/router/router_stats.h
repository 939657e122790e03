#ifndef IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_STATS_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_STATS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>

namespace ipc_channel {

// What a Router is doing, at one moment. A value type; thread-compatible.
struct RouterStats {
  std::size_t routes = 0;  // forwards too

  // Since the router was made. A message counts once its callback has returned,
  // or once it has been sent on; a call that threw counts as neither.
  std::uint64_t messages_delivered = 0;
  // Malformed, over a limit, not to be sent on; or lost for want of memory or
  // descriptors. The callback was told.
  std::uint64_t messages_lost = 0;

  std::size_t callbacks_running = 0;  // and messages that are being sent on
  // Of those: how many have run for so long that another thread has taken over.
  std::size_t callbacks_blocked = 0;

  std::size_t tasks_outstanding = 0;  // at the executor, not yet begun
  std::size_t forwards_waiting = 0;   // that hold a message, for want of room
  std::size_t threads = 0;            // of the router
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_ROUTER_STATS_H_
