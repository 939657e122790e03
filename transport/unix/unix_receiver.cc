#include "ipc_channel/transport/unix/unix_receiver.h"

#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unix/helper_socket.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/sealed_region.h"
#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/unix_sender.h"
#include "ipc_channel/transport/unix/wait.h"

namespace ipc_channel::transport::unix_backend {
namespace {

absl::StatusOr<SharedMemory> MemoryFrom(UniqueFd object, std::size_t size) {
  absl::StatusOr<RegionPtr> region = MapSealedRegion(std::move(object), size);
  if (!region.ok()) return region.status();
  return SharedMemory(*std::move(region));
}

absl::StatusOr<Handle> HandleFrom(const HandleEntry& entry,
                                  UniqueFd descriptor) {
  switch (entry.kind) {
    case HandleKind::kDescriptor:
      return Handle(std::move(descriptor));
    case HandleKind::kSharedMemory: {
      if (entry.memory_bytes == 0) return Handle(SharedMemory());
      absl::StatusOr<SharedMemory> memory =
          MemoryFrom(std::move(descriptor), entry.memory_bytes);
      if (!memory.ok()) return memory.status();
      return Handle(*std::move(memory));
    }
    case HandleKind::kSender:
    case HandleKind::kReceiver:
      break;
  }
  if (!IsSeqpacketSocket(descriptor.Borrow())) {
    return absl::DataLossError("an end of a channel is not a packet socket");
  }
  if (entry.kind == HandleKind::kSender) {
    return Handle(
        Sender(std::make_shared<UnixSenderLane>(std::move(descriptor))));
  }
  return Handle(
      Receiver(std::make_unique<UnixReceiverLane>(std::move(descriptor))));
}

// Turns a checked packet and its descriptors, as many as are due, into the
// content of `message`, in whose buffer the body lies. Descriptors that are
// left over after an error close with the vector.
absl::Status Unpack(const DecodedPacket& packet,
                    std::span<UniqueFd> descriptors, Message& message) {
  std::size_t next = 0;
  for (const HandleEntry& entry : packet.entries) {
    UniqueFd descriptor;
    if (entry.has_descriptor()) descriptor = std::move(descriptors[next++]);
    absl::StatusOr<Handle> handle = HandleFrom(entry, std::move(descriptor));
    if (!handle.ok()) return handle.status();
    message.handles().push_back(*std::move(handle));
  }
  const std::size_t size = packet.header.payload_bytes;
  if (!packet.header.payload_in_object) {
    message.SetInlinePayload(packet.payload_offset, size);
    return absl::OkStatus();
  }
  absl::StatusOr<SharedMemory> payload =
      MemoryFrom(std::move(descriptors[next]), size);
  if (!payload.ok()) return payload.status();
  message.SetMappedPayload(*std::move(payload));
  return absl::OkStatus();
}

}  // namespace

// A read without bytes can mean three things. (1) An empty packet, which only a
// peer that does not speak our format sends. (2) The end of the stream. (3)
// Neither yet: Linux checks for the end after it found the queue empty, and a
// packet sent and followed by a close in between comes out at the next read
// only (unix_dgram_recvmsg in net/unix/af_unix.c). Once the peer is gone
// nothing can be added, so the end is true when no bytes are left.
absl::StatusOr<UnixReceiverLane::Outcome> UnixReceiverLane::AfterEmptyRead()
    const {
  if (!PeerIsGone(socket_.Borrow())) {
    return absl::DataLossError("malformed packet: no bytes");
  }
  if (HasQueuedBytes(socket_.Borrow())) return Outcome::kLookAgain;
  return DisconnectedError("every sender is gone");
}

absl::StatusOr<UnixReceiverLane::Outcome> UnixReceiverLane::ReceiveOnce(
    Message& message, Blocking blocking) {
  absl::Status fits = guard_.CheckNextPacket(socket_.Borrow(), blocking);
  if (!fits.ok()) return fits;
  const std::span<std::byte> body = message.Buffer(kMaxPacketBodyBytes);
  if (body.empty()) return absl::ResourceExhaustedError("out of memory");
  std::array<std::byte, kPacketHeaderBytes> header;
  const std::array<iovec, 2> parts = {
      iovec{.iov_base = header.data(), .iov_len = header.size()},
      iovec{.iov_base = body.data(), .iov_len = body.size()}};
  descriptors_.clear();
  const ReceivedPacket received =
      ReceivePacket(socket_.Borrow(), parts, blocking, descriptors_);
  if (received.error == EAGAIN) return Outcome::kNothingYet;
  // The other end was closed with packets of ours unread in it, which takes a
  // peer that parked some there; what was sent to us is still queued.
  if (received.error == ECONNRESET) return Outcome::kLookAgain;
  if (received.error != 0) return ErrnoToStatus(received.error, "recvmsg");
  if (received.descriptors_cut) guard_.PacketWasCut();
  if (received.bytes_cut) {
    return absl::DataLossError("malformed packet: longer than any can be");
  }
  if (received.descriptors_cut) {
    return absl::ResourceExhaustedError(
        "a message was lost: this process is at its limit of descriptors");
  }
  if (received.bytes == 0) return AfterEmptyRead();
  const std::size_t in_header = std::min(received.bytes, header.size());
  absl::StatusOr<DecodedPacket> packet =
      DecodePacket(std::span(header).first(in_header),
                   body.first(received.bytes - in_header), descriptors_.size());
  if (!packet.ok()) return packet.status();
  if (packet->header.handles_in_helper) {
    absl::Status taken = TakeFromHelper(*packet);
    if (!taken.ok()) return taken;
  }
  const std::size_t due = descriptors_.size();
  absl::Status unpacked = Unpack(*packet, descriptors_, message);
  if (!unpacked.ok()) return unpacked;
  guard_.PacketWasWhole(due);
  return Outcome::kMessage;
}

absl::Status UnixReceiverLane::TakeFromHelper(DecodedPacket& packet) {
  UniqueFd helper = std::move(descriptors_.front());
  descriptors_.erase(descriptors_.begin());
  const auto object_at = static_cast<std::ptrdiff_t>(descriptors_.size());
  absl::Status status =
      DrainHelper(std::move(helper), packet.header.handle_count, packet.entries,
                  descriptors_);
  if (absl::IsResourceExhausted(status)) guard_.PacketWasCut();
  // The object of the payload, if there is one, comes last.
  std::rotate(descriptors_.begin(), descriptors_.begin() + object_at,
              descriptors_.end());
  return status;
}

absl::StatusOr<bool> UnixReceiverLane::Receive(Message& message,
                                               absl::Time deadline) {
  // Waiting for ever can be left to the kernel: one system call instead of
  // three. A co-holder may have made the socket non-blocking, hence the loop.
  const Blocking blocking =
      deadline == absl::InfiniteFuture() ? Blocking::kYes : Blocking::kNo;
  while (true) {
    absl::StatusOr<Outcome> outcome = ReceiveOnce(message, blocking);
    descriptors_.clear();
    if (!outcome.ok()) return outcome.status();
    if (*outcome == Outcome::kMessage) return true;
    if (*outcome == Outcome::kLookAgain) continue;
    if (deadline == absl::InfinitePast()) return false;
    if (!WaitFor(socket_.Borrow(), POLLIN, deadline)) return false;
  }
}

}  // namespace ipc_channel::transport::unix_backend
