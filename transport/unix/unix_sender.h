#ifndef IPC_CHANNEL_TRANSPORT_UNIX_UNIX_SENDER_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_UNIX_SENDER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/outgoing_packet.h"
#include "ipc_channel/transport/unix/send_until.h"

namespace ipc_channel::transport::unix_backend {

// The sending end of a SOCK_SEQPACKET socket. One system call a message while
// there is room and the handles fit one packet (and, for a large payload, a few
// to make its object; many to fill a carrier, without memfd). Never relies on
// the socket's own flags or timeouts, which every co-holder of the end can
// change. Thread-safe. Made by make_shared().
class UnixSenderLane final
    : public SenderLane,
      public std::enable_shared_from_this<UnixSenderLane> {
 public:
  // `claimed` is the cookie that the socket has in the words of the peer from
  // whom it came. Whoever adds the lane to HeldSenders under it leaves the rest
  // to the lane. 0: nobody claimed any.
  explicit UnixSenderLane(UniqueFd socket, std::uint64_t claimed = 0)
      : socket_(std::move(socket)), claimed_(claimed) {}
  ~UnixSenderLane() override;

  absl::Status Send(const Payload& payload, std::span<const HandleRef> handles,
                    absl::Time deadline) override;

  BorrowedFd descriptor() const override { return socket_.Borrow(); }

  absl::StatusOr<BorrowedFd> Waitable() override { return socket_.Borrow(); }
  absl::Time Deadline() override { return NextLookForRoom(); }

  // The cookie of the socket, whatever was claimed. The first call asks the
  // kernel and puts the lane where it belongs in HeldSenders.
  std::uint64_t Identity() override;

 private:
  // `fits` becomes false if the packet does not fit the socket's buffer even
  // when that is empty.
  absl::Status SendPlain(const Payload& payload, absl::Time deadline,
                         bool& fits) const;
  absl::Status SendInPacket(OutgoingPacket& packet, absl::Time deadline,
                            bool& fits) const;
  // The payload in an object or, where there is none, in a carrier.
  absl::Status SendOutside(const Payload& payload, OutgoingPacket& packet,
                           absl::Time deadline) const;
  absl::Status SendInCarrier(const Payload& payload, OutgoingPacket& packet,
                             absl::Time deadline) const;

  // No socket's cookie: the kernel counts them from 1.
  static constexpr std::uint64_t kNotAsked = ~std::uint64_t{0};

  const UniqueFd socket_;
  const std::uint64_t claimed_;
  std::atomic<std::uint64_t> cookie_ = kNotAsked;
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_UNIX_SENDER_H_
