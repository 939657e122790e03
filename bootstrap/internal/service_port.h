#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_SERVICE_PORT_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_SERVICE_PORT_H_

#include <mach/mach.h>

#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/receiver.h"

namespace ipc_channel::internal {

// A Mach port with a name, to which each client sends one message: an empty
// message with one handle, the receiver of a channel whose sender the client
// keeps (raw_connect_mach.cc), and an id that no message of a channel has. Who
// has sent it is the kernel's word.
//
// Anybody who can look the name up can send anything. What is not such a
// message costs who sent it and no one else: it is received into a buffer of
// that size and no more, memory that comes with it is never read, and all is
// given back.
//
// Move-only; thread-compatible. In a forked child it is empty. Destroying it
// frees the name; who has come and was not taken is told UNAVAILABLE, unless
// the name belongs to a job of launchd, which keeps them for the next server.
class ServicePort {
 public:
  struct Client {
    transport::Receiver receiver;
    mach_port_name_t port;  // of the receiver
    PeerIdentity peer;
  };
  struct Nobody {};
  // Somebody who is no client is told of by why not.
  using Visit = std::variant<Nobody, absl::Status, Client>;

  // Clients that have not been taken wait in the port's queue, which has room
  // for `backlog` of them, 1 at least and kMaxMachCapacity at most. Codes as
  // CheckInService().
  static absl::StatusOr<ServicePort> Open(const ServerName& name, int backlog);

  ServicePort() = default;

  bool valid() const { return port_.valid(); }

  // Where there is a message while somebody waits.
  mach_port_name_t port() const { return port_.name(); }

  // Who waits longest, or who comes until `deadline`; not to be asked of an
  // empty one. RESOURCE_EXHAUSTED if this process has no memory or names for
  // what came, which is lost then.
  absl::StatusOr<Visit> Next(absl::Time deadline);

 private:
  explicit ServicePort(transport::mach_backend::ReceiveRight port);

  transport::mach_backend::ReceiveRight port_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_SERVICE_PORT_H_
