#include "ipc_channel/transport/unix/unix_sender.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unix/descriptors_in_flight.h"
#include "ipc_channel/transport/unix/held_senders.h"
#include "ipc_channel/transport/unix/helper_socket.h"
#include "ipc_channel/transport/unix/memory_object.h"
#include "ipc_channel/transport/unix/outgoing_carriers.h"
#include "ipc_channel/transport/unix/outgoing_packet.h"
#include "ipc_channel/transport/unix/plain_packet.h"
#include "ipc_channel/transport/unix/send_until.h"
#include "ipc_channel/transport/unix/socket_cookie.h"
#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {
namespace {

bool IsSmall(const Payload& payload, std::size_t limit) {
  return payload.size() <= std::min(limit, PlainPacket::kMaxPayloadBytes);
}

void Consume(std::span<const HandleRef> handles) {
  // The packet holds its own references now; ours go here.
  for (const HandleRef& handle : handles) handle.Take();
}

// One attempt. A helper socket lives no longer than that: what lies in it
// counts as descriptors in flight, and a waiting send must not use them up.
int TrySend(BorrowedFd socket, OutgoingPacket& packet) {
  if (!packet.needs_helper()) {
    return SendDescriptors(socket, packet.parts(), packet.descriptors());
  }
  UniqueFd helper;
  int error = NewFilledHelper(packet.helper_packets(), helper);
  if (error == 0) {
    packet.SetHelper(helper.Borrow());
    error = SendDescriptors(socket, packet.parts(), packet.descriptors());
  }
  const bool is_hopeless = error == ETOOMANYREFS &&
                           AreTooManyInFlight(packet.descriptors_in_helper());
  return is_hopeless ? ENOBUFS : error;
}

// One attempt. Carriers with descriptors in flight live no longer than that
// either, and since they hold copies of much, none is filled before the channel
// has room; then the send finds it, unless another sender was quicker. Carriers
// that are a single socket are kept for the next attempt, as an object would
// be.
int TrySend(BorrowedFd socket, OutgoingPacket& packet,
            OutgoingCarriers& carriers) {
  if (!carriers.AreFilled() && IsSendQueueFull(socket)) return EAGAIN;
  int error = carriers.Fill();
  if (error == 0) error = TrySend(socket, packet);
  if (error == ETOOMANYREFS && carriers.ExceedTheLimitInFlight()) {
    error = ENOBUFS;
  }
  carriers.DropInFlight();
  return error;
}

}  // namespace

UnixSenderLane::~UnixSenderLane() {
  const std::uint64_t cookie = cookie_;
  HeldSenders& held = HeldSenders::OfThisProcess();
  if (claimed_ != 0) held.Remove(claimed_, this);
  if (cookie != 0 && cookie != kNotAsked && cookie != claimed_) {
    held.Remove(cookie, this);
  }
}

std::uint64_t UnixSenderLane::Identity() {
  std::uint64_t cookie = cookie_;
  if (cookie != kNotAsked) return cookie;
  cookie = SocketCookie(socket_.Borrow());
  HeldSenders& held = HeldSenders::OfThisProcess();
  if (claimed_ != 0 && claimed_ != cookie) held.Remove(claimed_, this);
  if (cookie != 0) {
    held.Add(cookie, HeldSenders::Word::kTrue, shared_from_this());
  }
  // Last: whoever sees it may count on this lane, or another of the same
  // socket, being found.
  cookie_ = cookie;
  return cookie;
}

absl::Status UnixSenderLane::SendPlain(const Payload& payload,
                                       absl::Time deadline, bool& fits) const {
  const PlainPacket packet(payload);
  return SendUntil(
      socket_.Borrow(), deadline,
      [&] { return SendBytes(socket_.Borrow(), packet.bytes()); }, fits);
}

absl::Status UnixSenderLane::SendInPacket(OutgoingPacket& packet,
                                          absl::Time deadline,
                                          bool& fits) const {
  const BorrowedFd socket = socket_.Borrow();
  if (packet.carried().empty()) {
    return SendUntil(
        socket, deadline, [&] { return TrySend(socket, packet); }, fits);
  }
  OutgoingCarriers carriers(packet);
  // Filling carriers over and over must not be all that this thread does.
  return SendUntil(
      socket, deadline, [&] { return TrySend(socket, packet, carriers); }, fits,
      [&] { return carriers.time_to_fill(); });
}

absl::Status UnixSenderLane::SendOutside(const Payload& payload,
                                         OutgoingPacket& packet,
                                         absl::Time deadline) const {
  // Copying a large payload only to find the channel full would be a pity.
  if (deadline == absl::InfinitePast() && IsSendQueueFull(socket_.Borrow())) {
    return FullError();
  }
  absl::StatusOr<UniqueFd> object = SealedObjectWithCopyOf(payload);
  if (absl::IsUnimplemented(object.status())) {
    return SendInCarrier(payload, packet, deadline);
  }
  if (!object.ok()) return object.status();
  packet.SetPayloadObject(object->Borrow(), payload.size());
  bool fits = true;
  return SendInPacket(packet, deadline, fits);
}

absl::Status UnixSenderLane::SendInCarrier(const Payload& payload,
                                           OutgoingPacket& packet,
                                           absl::Time deadline) const {
  // Carriers are filled from one place.
  std::vector<std::byte> joined;
  std::span<const std::byte> bytes = payload.head();
  if (!payload.body().empty()) {
    joined.resize(payload.size());
    payload.CopyTo(joined.data());
    bytes = joined;
  }
  packet.SetPayloadInCarrier(bytes);
  bool fits = true;
  return SendInPacket(packet, deadline, fits);
}

absl::Status UnixSenderLane::Send(const Payload& payload,
                                  std::span<const HandleRef> handles,
                                  absl::Time deadline) {
  // A socket whose buffer is smaller than the inline limit (a small
  // net.core.wmem_default, a co-holder's SO_SNDBUF) takes the payload
  // outside the packet too.
  bool fits = payload.size() <= kMaxInlineBytes;
  if (handles.empty() && IsSmall(payload, limits().Get().bytes)) {
    absl::Status status = SendPlain(payload, deadline, fits);
    if (fits || payload.empty()) return status;
  }
  absl::Status status =
      CheckSendArguments(payload.size(), handles, limits().Get());
  if (!status.ok()) return status;
  OutgoingPacket packet;
  status = packet.AddHandles(handles);
  if (!status.ok()) return status;
  if (fits) {
    packet.SetInlinePayload(payload);
    status = SendInPacket(packet, deadline, fits);
  }
  if (!fits && !payload.empty()) {
    status = SendOutside(payload, packet, deadline);
  }
  if (status.ok()) Consume(handles);
  return status;
}

}  // namespace ipc_channel::transport::unix_backend
