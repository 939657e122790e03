#ifndef IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_SYSTEM_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_SYSTEM_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/socket.h>

#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {

// The part of socket_io.h for which systems have rules of their own; an
// implementation for each in socket_io_<system>.cc. FreeBSD's follows the
// kernel's source and is compiled, never run. Thread-safe.

// SendPacket() of what `packet` describes.
int SendWhole(BorrowedFd socket, const msghdr& packet);

// recvmsg() into `packet`, whose control data is left to the caller.
ReceivedPacket ReceiveRaw(BorrowedFd socket, int flags, msghdr& packet);

// False if what was peeked at without room for control data has none.
bool MayHaveControlData(const msghdr& peeked);

// True if `control`, which came with a packet, is a descriptor that the kernel
// made for this process and that nobody asked for.
bool IsUnaskedDescriptor(const cmsghdr& control);

// The socket's own option `name`; -1 if it has none.
int SocketOption(BorrowedFd socket, int name);

// What poll() says of `socket` without waiting.
short EventsNow(BorrowedFd socket, short events);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_SOCKET_SYSTEM_H_
