#ifndef IPC_CHANNEL_TRANSPORT_UNIX_OBJECT_MEMORY_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_OBJECT_MEMORY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/stat.h>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// What a sealed object is made of; an implementation for each system, of which
// FreeBSD's is compiled, never run. Thread-safe; does not block.

// True if `sealed_object` is of a kind whose memory cannot run out at a read.
bool IsPlainMemory(BorrowedFd sealed_object);

// True if each byte of the memory object that has this `status` is paid for by
// its maker, or a reader of a sparse one would pay for its maker's claims.
bool HasAllItsMemory(const struct stat& status);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_OBJECT_MEMORY_H_
