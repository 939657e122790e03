#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::transport::mach_backend {

void DropRight(mach_port_name_t name, mach_port_right_t right) {
  if (right == MACH_PORT_RIGHT_RECEIVE) {
    ::mach_port_mod_refs(mach_task_self(), name, right, -1);
    return;
  }
  // Not mod_refs(), which refuses what has become a dead name meanwhile; this
  // takes either.
  ::mach_port_deallocate(mach_task_self(), name);
}

}  // namespace ipc_channel::transport::mach_backend
