#ifndef IPC_CHANNEL_TRANSPORT_UNIX_PACKET_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_PACKET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel::transport::unix_backend {

// The framing of one message as one packet; bytes only, no system calls. All
// numbers are little-endian, whatever the machine:
//
//   header   +0  u16  0x4349, "IC"
//            +2  u8   version, 1
//            +3  u8   flags: 1 the payload lies in a memory object,
//                     2 the handles travel over a helper socket,
//                     4 the payload lies in a carrier
//            +4  u32  number of handles
//            +8  u64  size of the payload in bytes
//   entries  unless they travel over a helper socket,
//            one of 16 bytes for each handle, in the order of the send:
//            +0  u32  kind (HandleKind)
//            +4  u32  flags: 1 its content lies in a carrier (only for shared
//                     memory of 1 to kDefaultMaxMessageBytes bytes, which is
//                     also the most for all of a message together)
//            +8  u64  memory: its size in bytes; sender: the cookie of
//                     its socket (SO_COOKIE), a hint which may be any number,
//                     or 0 for none; otherwise 0
//   payload  unless it lies in a memory object or a carrier
//
// Attached descriptors: one for each handle, in the same order, but for memory
// of 0 bytes, which has none; then the memory object or the carrier of the
// payload.
//
// More than kMaxPacketHandles handles, and only those, travel over a helper
// socket: in place of their descriptors the receiving end of a SOCK_SEQPACKET
// pair is attached, in whose queue all of them lie already. There each packet
// consists of the entries of the next kMaxPacketHandles handles (the last of
// those that are left) and has their descriptors attached.
//
// A carrier does what a memory object does, for senders who can make none: the
// receiving end of a SOCK_SEQPACKET pair in whose queue the content lies
// already. Each packet there is either the next bytes of the content, or one
// byte that counts for nothing, with up to kMaxCarrierSockets data sockets
// attached: further such ends, in each of which packets with the next bytes
// lie, one at least. A packet of content has kMinCarrierPacketBytes to
// kMaxCarrierPacketBytes, the last of all may have fewer.

// The most handles one packet carries. Linux passes at most 253 descriptors
// with a packet (SCM_MAX_FD in include/net/scm.h), and one of them may be
// needed for the payload.
inline constexpr std::size_t kMaxPacketHandles = 252;

// Enough for kDefaultMaxMessageBytes in one carrier with Linux' default
// buffers, and few, since sender and receiver open so many at a time.
inline constexpr std::size_t kMaxCarrierSockets = 16;

// The least fits any socket's buffer (SOCK_MIN_SNDBUF in include/net/sock.h)
// and bounds the work that a hostile carrier can make. The most is what the
// kernel finds room for in single pages.
inline constexpr std::size_t kMinCarrierPacketBytes = 1024;
inline constexpr std::size_t kMaxCarrierPacketBytes = std::size_t{64} << 10;

inline constexpr std::uint16_t kPacketMagic = 0x4349;
inline constexpr std::uint8_t kPacketVersion = 1;
inline constexpr std::size_t kPacketHeaderBytes = 16;
inline constexpr std::size_t kHandleEntryBytes = 16;

inline constexpr std::size_t kMaxPacketBytes =
    kPacketHeaderBytes + kMaxPacketHandles * kHandleEntryBytes +
    kMaxInlineBytes;

struct PacketHeader {
  bool payload_in_object = false;
  bool handles_in_helper = false;
  bool payload_in_carrier = false;
  std::uint32_t handle_count = 0;
  std::uint64_t payload_bytes = 0;

  // A descriptor stands for the payload.
  bool payload_is_attached() const {
    return payload_in_object || payload_in_carrier;
  }

  friend bool operator==(const PacketHeader&, const PacketHeader&) = default;
};

// True for the kinds whose entries have a size, and no descriptor if it is 0.
constexpr bool IsMemory(HandleKind kind) {
  return kind == HandleKind::kSharedMemory ||
         kind == HandleKind::kMutableMemory ||
         kind == HandleKind::kReadOnlyMemory;
}

struct HandleEntry {
  HandleKind kind = HandleKind::kDescriptor;
  std::uint64_t memory_bytes = 0;
  std::uint64_t sender_hint = 0;
  bool memory_in_carrier = false;

  bool has_descriptor() const { return !IsMemory(kind) || memory_bytes > 0; }

  friend bool operator==(const HandleEntry&, const HandleEntry&) = default;
};

void EncodeHeader(const PacketHeader& header,
                  std::span<std::byte, kPacketHeaderBytes> out);
void EncodeEntry(const HandleEntry& entry,
                 std::span<std::byte, kHandleEntryBytes> out);

// A packet that was received, checked against every limit, with nothing
// allocated but what `entries` holds.
struct DecodedPacket {
  PacketHeader header;
  std::vector<HandleEntry> entries;  // none if they are in a helper socket
  // Where the payload lies in the packet, unless it is attached.
  std::size_t payload_offset = 0;
};

// Reads header and entries of `packet`, which came with `descriptor_count`
// descriptors, into `decoded`, whose memory is used again. DATA_LOSS, with the
// reason, for anything this version of the format does not allow, and for a
// message over `limits`; `decoded` is then not to be looked at.
// Thread-safe.
absl::Status DecodePacket(std::span<const std::byte> packet,
                          std::size_t descriptor_count,
                          const MessageLimits& limits, DecodedPacket& decoded);

// DATA_LOSS if the memory of `entries` that lies in carriers is more than
// kDefaultMaxMessageBytes together: the receiver pays for it, and a claim costs
// its maker nothing.
absl::Status CheckCarriedMemory(std::span<const HandleEntry> entries);

// Reads a `packet` of a helper socket, which came with `descriptor_count`
// descriptors and must have the entries of `handle_count` handles; appends them
// to `entries`. DATA_LOSS as above. Thread-safe.
absl::Status DecodeHelperPacket(std::span<const std::byte> packet,
                                std::size_t handle_count,
                                std::size_t descriptor_count,
                                std::vector<HandleEntry>& entries);

// How many descriptors this process must open for the message whose packet
// begins with `start`: header and entries at least. Those that it must open
// only to empty carriers are counted at their most; if the entries lie in a
// helper socket, so is all. DATA_LOSS as above. Thread-safe.
absl::StatusOr<std::size_t> DescriptorsDue(std::span<const std::byte> start,
                                           const MessageLimits& limits);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_PACKET_H_
