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

// Whether memory lies behind each byte of an object: a reader of a sparse one
// would pay for its maker's claims.
enum class Backing { kWhole, kSparse, kUnknown };

// For an object which has this `status` and whose seals forbid holes from now
// on. kUnknown where the kernel does not tell: then Mapping::Populate() makes
// it whole.
Backing BackingOf(BorrowedFd sealed_object, const struct stat& status);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_OBJECT_MEMORY_H_
