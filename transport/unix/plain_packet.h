#ifndef IPC_CHANNEL_TRANSPORT_UNIX_PLAIN_PACKET_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_PLAIN_PACKET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unix/little_endian.h"
#include "ipc_channel/transport/unix/packet.h"

namespace ipc_channel::transport::unix_backend {

// The packet (packet.h) of a message without handles that carries its payload.
// Nearly all messages are that, and what the general way costs in bookkeeping
// shows beside one system call. So it is built and recognized at a glance; the
// bytes are the same.

// The first half of its header, the other half being the payload's size: magic
// and version, no flags, no handles.
inline constexpr std::uint64_t kPlainPacketStart =
    kPacketMagic | std::uint64_t{kPacketVersion} << 16;

// A small one: header and payload next to each other. Thread-compatible.
class PlainPacket {
 public:
  // Up to this size copying the payload is cheaper than a list of parts, which
  // the kernel would fetch and check one by one.
  static constexpr std::size_t kMaxPayloadBytes = 4096;

  // `payload` is at most kMaxPayloadBytes.
  explicit PlainPacket(const Payload& payload)
      : size_(kPacketHeaderBytes + payload.size()) {
    StoreLittleEndian(kPlainPacketStart, &bytes_[0]);
    StoreLittleEndian(std::uint64_t{payload.size()}, &bytes_[8]);
    payload.CopyTo(bytes_.data() + kPacketHeaderBytes);
  }

  std::span<const std::byte> bytes() const {
    return std::span(bytes_).first(size_);
  }

 private:
  std::size_t size_;
  std::array<std::byte, kPacketHeaderBytes + kMaxPayloadBytes> bytes_;
};

// True if `packet`, which came without descriptors, is well-formed and has its
// payload after the header. False says nothing: DecodePacket() tells.
// Thread-safe.
inline bool IsPlainPacket(std::span<const std::byte> packet) {
  return packet.size() >= kPacketHeaderBytes &&
         LoadLittleEndian<std::uint64_t>(&packet[0]) == kPlainPacketStart &&
         LoadLittleEndian<std::uint64_t>(&packet[8]) ==
             packet.size() - kPacketHeaderBytes;
}

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_PLAIN_PACKET_H_
