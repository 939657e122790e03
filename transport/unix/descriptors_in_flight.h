#ifndef IPC_CHANNEL_TRANSPORT_UNIX_DESCRIPTORS_IN_FLIGHT_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_DESCRIPTORS_IN_FLIGHT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {

// What the kernel allows of descriptors that were sent and not yet received.
// Thread-safe.

// As SendPacket() (socket_io.h), but tells the two reasons for ETOOMANYREFS
// apart, since only one of them passes:
//   ETOOMANYREFS  this user has too many descriptors in flight (RLIMIT_NOFILE,
//                 too_many_unix_fds in net/unix/scm.c)
//   EMFILE etc.   there was no descriptor left to find out with
//   ELOOP         a descriptor is a socket in whose queue lie sockets, in whose
//                 queues lie more, too deep: four levels (MAX_RECURSION_LEVEL
//                 in net/unix/scm.c; Linux has no such limit since 6.10)
int SendDescriptors(BorrowedFd socket, std::span<const iovec> parts,
                    std::span<const BorrowedFd> descriptors);

// True if so many descriptors, in flight before a packet is sent, are more than
// an unprivileged user may have: to wait until there are fewer would be to wait
// for ever.
bool AreTooManyInFlight(std::size_t count);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_DESCRIPTORS_IN_FLIGHT_H_
