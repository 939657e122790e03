#include "ipc_channel/transport/unix/unix_receiver.h"

#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unix/helper_socket.h"
#include "ipc_channel/transport/unix/incoming_handles.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/plain_packet.h"
#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/wait.h"

namespace ipc_channel::transport::unix_backend {

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
  const MessageLimits limits = this->limits().Get();
  absl::Status fits =
      guard_.CheckNextPacket(socket_.Borrow(), blocking, limits);
  if (!fits.ok()) return fits;
  const std::span<std::byte> room = message.Buffer(kPacketAt + kMaxPacketBytes);
  if (room.empty()) return absl::ResourceExhaustedError("out of memory");
  const std::span<std::byte> buffer = room.subspan(kPacketAt);
  const iovec part = {.iov_base = buffer.data(), .iov_len = buffer.size()};
  descriptors_.clear();
  const ReceivedPacket received =
      ReceivePacket(socket_.Borrow(), {&part, 1}, blocking, descriptors_);
  if (received.error == EAGAIN) return Outcome::kNothingYet;
  // The other end was closed with packets of ours unread in it, which takes a
  // peer that parked some there; what was sent to us is still queued.
  if (received.error == ECONNRESET) return Outcome::kLookAgain;
  if (received.error != 0) return ErrnoToStatus(received.error, "recvmsg");
  if (received.descriptors_cut) guard_.PacketWasCut();
  if (received.bytes_cut) {
    return absl::DataLossError("malformed packet: longer than any can be");
  }
  if (received.descriptors_cut) return LostAtDescriptorLimitError();
  if (received.bytes == 0) return AfterEmptyRead();
  const std::span<const std::byte> bytes = buffer.first(received.bytes);
  if (descriptors_.empty() && bytes.size() <= limits.bytes &&
      IsPlainPacket(bytes)) {
    message.SetInlinePayload(kPacketAt + kPacketHeaderBytes,
                             bytes.size() - kPacketHeaderBytes);
    return Outcome::kMessage;
  }
  absl::Status decoded =
      DecodePacket(bytes, descriptors_.size(), limits, packet_);
  if (!decoded.ok()) return decoded;
  if (packet_.header.handles_in_helper) {
    absl::Status taken = TakeFromHelper();
    if (!taken.ok()) return taken;
  }
  absl::Status fit = CheckCarriedMemory(packet_.entries);
  if (!fit.ok()) return fit;
  const std::size_t due = descriptors_.size();
  absl::Status unpacked = UnpackMessage(packet_, descriptors_, message);
  // The sockets in a carrier need descriptors too.
  if (absl::IsResourceExhausted(unpacked)) guard_.PacketWasCut();
  if (!unpacked.ok()) return unpacked;
  guard_.PacketWasWhole(due);
  return Outcome::kMessage;
}

absl::Status UnixReceiverLane::TakeFromHelper() {
  UniqueFd helper = std::move(descriptors_.front());
  descriptors_.erase(descriptors_.begin());
  const auto object_at = static_cast<std::ptrdiff_t>(descriptors_.size());
  absl::Status status =
      DrainHelper(std::move(helper), packet_.header.handle_count,
                  packet_.entries, descriptors_);
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
  // Those of a message that failed are closed whatever it failed of.
  const absl::Cleanup close_rest = [this] { descriptors_.clear(); };
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
