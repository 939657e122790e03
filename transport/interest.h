#ifndef IPC_CHANNEL_TRANSPORT_INTEREST_H_
#define IPC_CHANNEL_TRANSPORT_INTEREST_H_

#include "ipc_channel/platforms/cxx20.h"

namespace ipc_channel::transport {

// What to wait for on a descriptor: that it can be read (POLLIN, EPOLLIN), or
// written (POLLOUT, EPOLLOUT). An error or hang-up that the system reports
// counts as either.
enum class Interest { kReadable, kWritable };

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_INTEREST_H_
