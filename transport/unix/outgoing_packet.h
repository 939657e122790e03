#ifndef IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_PACKET_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_PACKET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/packet.h"

namespace ipc_channel::transport::unix_backend {

// One packet of a helper socket (packet.h).
struct HelperPacket {
  iovec entries;
  std::span<const BorrowedFd> descriptors;
};

// What must lie in a carrier (packet.h), and where the carrier is attached.
struct CarriedContent {
  std::span<const std::byte> content;
  bool is_in_helper;
  std::size_t position;
};

// One message laid out as a packet: the framing, and what to attach. Refers to
// the payload and the handles it was made of, which must outlive it and stay
// where they are. With few handles or none nothing is allocated. Makes no
// system calls but one for each sender that was never sent before: whoever
// sends it provides the helper socket and the carriers. Thread-compatible.
class OutgoingPacket {
 public:
  OutgoingPacket() = default;
  OutgoingPacket(const OutgoingPacket&) = delete;
  OutgoingPacket& operator=(const OutgoingPacket&) = delete;

  // Adds the handles. INVALID_ARGUMENT for one that cannot leave this process,
  // OUT_OF_RANGE for shared memory that no carrier may hold. Once at most, and
  // before the payload.
  absl::Status AddHandles(std::span<const HandleRef> handles);

  // The payload goes inside the packet.
  void SetInlinePayload(const Payload& payload);

  // The payload, of `size` bytes, lies in `object`. Instead of, or after,
  // SetInlinePayload().
  void SetPayloadObject(BorrowedFd object, std::size_t size);

  // The payload, not empty, is to lie in a carrier. As SetPayloadObject().
  void SetPayloadInCarrier(std::span<const std::byte> payload);

  // What must lie in carriers, which are then given to SetCarrier(), each by
  // its index here, before anything else is done for sending.
  std::span<const CarriedContent> carried() const { return carried_; }
  void SetCarrier(std::size_t index, BorrowedFd carrier);

  // What a helper socket must hold, which is then given to SetHelper() before
  // the packet is sent. Empty if there is no need of one.
  std::vector<HelperPacket> helper_packets() const;
  bool needs_helper() const { return header_.handles_in_helper; }
  std::size_t descriptors_in_helper() const { return in_helper_.size(); }
  void SetHelper(BorrowedFd helper) { attached_.front() = helper; }

  std::span<const iovec> parts() const {
    return std::span(parts_).first(part_count_);
  }
  std::span<const BorrowedFd> descriptors() const { return attached_; }

 private:
  absl::Status AddHandle(const HandleRef& handle,
                         std::span<std::byte, kHandleEntryBytes> entry,
                         std::pmr::vector<BorrowedFd>& descriptors);
  void AddPart(std::span<const std::byte> bytes);
  // The header, and the entries if they are in the packet.
  void LayOutStart();

  // Holds what belongs to a few handles.
  std::array<std::byte, 128> space_;
  std::pmr::monotonic_buffer_resource memory_{space_.data(), space_.size()};
  PacketHeader header_;
  std::array<std::byte, kPacketHeaderBytes> header_bytes_;
  std::pmr::vector<std::byte> entry_bytes_{&memory_};
  std::pmr::vector<BorrowedFd> attached_{&memory_};
  // Of the handles that travel over a helper socket, and where in them each of
  // its packets ends.
  std::pmr::vector<BorrowedFd> in_helper_{&memory_};
  std::vector<std::size_t> helper_packet_ends_;
  std::vector<CarriedContent> carried_;
  std::size_t carried_memory_bytes_ = 0;  // without the payload
  // Header, entries, payload in two: as many of them as there are.
  std::array<iovec, 4> parts_;
  std::size_t part_count_ = 0;
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_OUTGOING_PACKET_H_
