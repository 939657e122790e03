#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_ODD_DESCRIPTORS_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_ODD_DESCRIPTORS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <vector>

#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {

// One descriptor of every kind that is neither a Unix packet socket nor sealed
// memory; those that this system or this user has not are left out. The kernel
// itself passes no io_uring (unix_attach_fds in net/unix/scm.c).
std::vector<Fd> OddDescriptors();

// Packet sockets that are connected to nobody: fresh, and listening.
std::vector<Fd> UnconnectedPacketSockets();

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_ODD_DESCRIPTORS_H_
