#include <memory>

#include "ipc_channel/transport/mach/port_set_waiter.h"
#include "ipc_channel/transport/new_set_waiter.h"

namespace ipc_channel::transport {

std::unique_ptr<SetWaiter> NewSetWaiter() {
  return std::make_unique<mach_backend::PortSetWaiter>();
}

}  // namespace ipc_channel::transport
