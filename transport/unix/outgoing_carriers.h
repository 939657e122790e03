#ifndef IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_CARRIERS_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_CARRIERS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <vector>

#include "absl/time/time.h"
#include "ipc_channel/transport/unix/outgoing_packet.h"
#include "ipc_channel/transport/unix/socket_carrier.h"

namespace ipc_channel::transport::unix_backend {

// The carriers of one message from the first attempt to send it to the last.
// A message without any costs nothing. Thread-compatible.
class OutgoingCarriers {
 public:
  // Of `packet`, which must outlive this and get its payload before.
  explicit OutgoingCarriers(OutgoingPacket& packet) : packet_(packet) {}

  // True if there are carriers for all that is to lie in some.
  bool AreFilled() const;

  // Fills those that are missing and gives them to the packet. Returns 0 or an
  // errno, as NewFilledCarrier().
  int Fill();

  // True if more descriptors are in flight in these carriers than any message
  // of this user may have: then ETOOMANYREFS is no matter of time. Root may
  // have more; it does not get that errno.
  bool ExceedTheLimitInFlight() const;

  // Drops those in which descriptors are in flight, and forgets how far those
  // got that could not be filled.
  void DropInFlight();

  // How long the last Fill() took.
  absl::Duration time_to_fill() const { return time_to_fill_; }

 private:
  OutgoingPacket& packet_;
  std::vector<SocketCarrier> carriers_;
  absl::Duration time_to_fill_ = absl::ZeroDuration();
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_CARRIERS_H_
