#include <sys/mman.h>

#include "ipc_channel/transport/unix/mapping.h"

// Compiled, never run.

namespace ipc_channel::transport::unix_backend {

bool Mapping::KeepFromChildren() {
  return ::minherit(address_, size_, INHERIT_NONE) == 0;
}

}  // namespace ipc_channel::transport::unix_backend
