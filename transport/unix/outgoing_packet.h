#ifndef IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_PACKET_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_PACKET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/packet.h"

namespace ipc_channel::transport::unix_backend {

// One message laid out as a packet: the framing, and what to attach. Refers to
// the payload and the handles it was made of, which must outlive it and stay
// where they are. Without handles nothing is allocated. Thread-compatible.
class OutgoingPacket {
 public:
  OutgoingPacket() = default;
  OutgoingPacket(const OutgoingPacket&) = delete;
  OutgoingPacket& operator=(const OutgoingPacket&) = delete;

  // Adds the handles. INVALID_ARGUMENT for one that cannot leave this process.
  // Once at most, and before the payload.
  absl::Status AddHandles(std::span<const HandleRef> handles);

  // The payload goes inside the packet.
  void SetInlinePayload(std::span<const std::byte> payload);

  // The payload, of `size` bytes, lies in `object`. Instead of, or after,
  // SetInlinePayload().
  void SetPayloadObject(BorrowedFd object, std::size_t size);

  std::span<const iovec> parts() const { return parts_; }
  std::span<const BorrowedFd> descriptors() const { return descriptors_; }

 private:
  PacketHeader header_;
  std::array<std::byte, kPacketHeaderBytes> header_bytes_;
  std::vector<std::byte> entry_bytes_;
  std::vector<BorrowedFd> descriptors_;
  std::array<iovec, 3> parts_ = {};  // header, entries, payload
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_PACKET_H_
