#include <sys/mman.h>

#include "ipc_channel/transport/unix/mapping.h"

namespace ipc_channel::transport::unix_backend {

bool Mapping::KeepFromChildren() {
  return ::madvise(address_, size_, MADV_DONTFORK) == 0;
}

}  // namespace ipc_channel::transport::unix_backend
