#include <sys/stat.h>

#include "ipc_channel/transport/unix/object_memory.h"

// Written from the source of FreeBSD 14 (sys/kern/uipc_shm.c): compiled, never
// run.

namespace ipc_channel::transport::unix_backend {

// Only shared memory objects can be sealed. Their pages are ordinary memory,
// or, large ones, there from the start.
bool IsPlainMemory(BorrowedFd /*sealed_object*/) { return true; }

// An object's size is charged to its maker when it is set, sparse or not
// (swap_reserve_by_cred). st_blocks would not do: older kernels count in pages.
Backing BackingOf(BorrowedFd /*sealed_object*/, const struct stat& /*status*/) {
  return Backing::kWhole;
}

}  // namespace ipc_channel::transport::unix_backend
