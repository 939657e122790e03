#include "ipc_channel/transport/unix/received_sender.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unix/held_senders.h"
#include "ipc_channel/transport/unix/socket_cookie.h"
#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/unix_sender.h"

namespace ipc_channel::transport::unix_backend {
namespace {

bool IsTheSame(std::uint64_t cookie, std::uint64_t other) {
  return cookie != 0 && cookie == other;
}

}  // namespace

absl::StatusOr<std::shared_ptr<SenderLane>> ReceivedSender(UniqueFd socket,
                                                           std::uint64_t hint) {
  HeldSenders& held = HeldSenders::OfThisProcess();
  if (hint != 0) {
    // The lane found was checked when it came: what is the same socket needs no
    // further check.
    std::shared_ptr<SenderLane> lane = held.Find(hint);
    if (lane != nullptr &&
        IsTheSame(lane->Identity(), SocketCookie(socket.Borrow()))) {
      return lane;
    }
  }
  if (!IsSeqpacketSocket(socket.Borrow())) {
    return absl::DataLossError("an end of a channel is not a packet socket");
  }
  std::shared_ptr<SenderLane> lane =
      std::make_shared<UnixSenderLane>(std::move(socket), hint);
  if (hint == 0) return lane;
  // Under what the peer claims, for the truth would cost every sender a system
  // call that hardly any needs. It is asked for when somebody else claims the
  // same: the same sender, received on another thread just now, or a lie. Then
  // each goes where it belongs.
  std::shared_ptr<SenderLane> other =
      held.Add(hint, HeldSenders::Word::kClaimed, lane);
  if (other == nullptr) return lane;
  // In this order: of two for one socket the elder keeps the place.
  const std::uint64_t cookie = other->Identity();
  return IsTheSame(cookie, lane->Identity()) ? other : lane;
}

}  // namespace ipc_channel::transport::unix_backend
