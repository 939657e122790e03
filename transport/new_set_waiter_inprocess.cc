#include <memory>

#include "ipc_channel/transport/inprocess/queue_waiter.h"
#include "ipc_channel/transport/new_set_waiter.h"

namespace ipc_channel::transport {

std::unique_ptr<SetWaiter> NewSetWaiter() {
  return std::make_unique<inprocess::QueueWaiter>();
}

}  // namespace ipc_channel::transport
