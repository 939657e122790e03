#ifndef IPC_CHANNEL_TRANSPORT_NEW_SET_WAITER_H_
#define IPC_CHANNEL_TRANSPORT_NEW_SET_WAITER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <memory>

#include "ipc_channel/transport/set_waiter.h"

namespace ipc_channel::transport {

// A waiter for the lanes of every back end of this build.
std::unique_ptr<SetWaiter> NewSetWaiter();

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_NEW_SET_WAITER_H_
