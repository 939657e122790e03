#ifndef IPC_CHANNEL_TRANSPORT_MACH_OUTGOING_HANDLES_H_
#define IPC_CHANNEL_TRANSPORT_MACH_OUTGOING_HANDLES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::transport::mach_backend {

class MachReceiverLane;

// The handles lent to a send, as what a Mach message has of them. Senders,
// memory and files are copied by the kernel, so that a send which fails has
// taken nothing; a receive right can only be moved. Thread-compatible; must not
// outlive what was lent.
class OutgoingHandles {
 public:
  struct Port {
    mach_port_name_t name;
    mach_msg_type_name_t disposition;
    MachReceiverLane* moved;  // whose right this is, if it is moved
  };

  // INVALID_ARGUMENT for a handle that cannot leave this process;
  // RESOURCE_EXHAUSTED.
  absl::Status Add(std::span<const HandleRef> handles);

  std::span<const HandleRecord> records() const { return records_; }
  // Those that are moved come last.
  std::span<const Port> ports() const { return ports_; }

  // The kernel has taken all. To be followed by HandleRef::Take() of each.
  void Sent();

  // The kernel has refused the message, and may have destroyed rights that were
  // to be moved: receivers without one have ended.
  void Refused();

  // The kernel has taken a right that is moved, and given it back as `name`.
  void TakeBack(std::size_t port, mach_port_name_t name);

 private:
  absl::Status AddOne(const HandleRef& handle);
  void AddPort(HandleKind kind, std::size_t memory_bytes,
               mach_port_name_t name);
  void AddReceiver(mach_port_name_t name, MachReceiverLane* lane);

  std::vector<HandleRecord> records_;
  std::vector<Port> ports_;
  std::vector<Port> moved_;       // until Add() is done
  std::vector<SendRight> files_;  // made for this message
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_OUTGOING_HANDLES_H_
