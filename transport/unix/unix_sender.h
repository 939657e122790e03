#ifndef IPC_CHANNEL_TRANSPORT_UNIX_UNIX_SENDER_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_UNIX_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/outgoing_packet.h"

namespace ipc_channel::transport::unix_backend {

// The sending end of a SOCK_SEQPACKET socket. One system call a message while
// there is room and the handles fit one packet (and, for a large payload, a few
// to make its object; many to fill a carrier, without memfd). Never relies on
// the socket's own flags or timeouts, which every co-holder of the end can
// change. Thread-safe.
class UnixSenderLane final : public SenderLane {
 public:
  explicit UnixSenderLane(UniqueFd socket) : socket_(std::move(socket)) {}

  absl::Status Send(std::span<const std::byte> payload,
                    std::span<const HandleRef> handles,
                    absl::Time deadline) override;

  BorrowedFd descriptor() const override { return socket_.Borrow(); }

 private:
  // `small_enough` becomes false if the packet does not fit the socket's buffer
  // even when that is empty.
  absl::Status SendPacketUntil(OutgoingPacket& packet, absl::Time deadline,
                               bool& small_enough) const;

  const UniqueFd socket_;
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_UNIX_SENDER_H_
