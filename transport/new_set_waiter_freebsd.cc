#include <memory>

#include "ipc_channel/transport/new_set_waiter.h"
#include "ipc_channel/transport/unix/kqueue_waiter.h"

namespace ipc_channel::transport {

std::unique_ptr<SetWaiter> NewSetWaiter() {
  return std::make_unique<unix_backend::KqueueWaiter>();
}

}  // namespace ipc_channel::transport
