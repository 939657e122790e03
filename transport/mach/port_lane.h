#ifndef IPC_CHANNEL_TRANSPORT_MACH_PORT_LANE_H_
#define IPC_CHANNEL_TRANSPORT_MACH_PORT_LANE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include "ipc_channel/transport/lane.h"

namespace ipc_channel::transport::mach_backend {

// A receiving side that is a port: while something is queued there, Receive()
// is to be called. Thread-compatible.
class PortLane : public ReceiverLane {
 public:
  // A receive right; MACH_PORT_NULL in a forked child, and once it has left.
  virtual mach_port_name_t port() const = 0;

  // True once it has shown an end of which the kernel says nothing more.
  virtual bool has_ended() const = 0;
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_PORT_LANE_H_
