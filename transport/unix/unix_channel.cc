#include "ipc_channel/transport/unix/unix_channel.h"

#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/unix/socket_capacity.h"
#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/unix_receiver.h"
#include "ipc_channel/transport/unix/unix_sender.h"

namespace ipc_channel::transport {
namespace {

absl::Status CheckSocket(BorrowedFd socket) {
  if (!unix_backend::IsSeqpacketSocket(socket)) {
    return absl::InvalidArgumentError(
        "not a Unix socket of type SOCK_SEQPACKET");
  }
  if (!unix_backend::HasPeer(socket)) {
    return absl::InvalidArgumentError("the socket is not connected");
  }
  return absl::OkStatus();
}

absl::StatusOr<ChannelPair> NewChannel(const ChannelOptions& options) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return ErrnoToStatus(errno, "socketpair");
  }
  UniqueFd sending(pair[0]);
  UniqueFd receiving(pair[1]);
  if (options.capacity.has_value()) {
    absl::Status sized =
        unix_backend::SetSendCapacity(sending.Borrow(), *options.capacity);
    if (!sized.ok()) return sized;
  }
  if (::shutdown(sending.get(), SHUT_RD) != 0) {
    return ErrnoToStatus(errno, "shutdown(SHUT_RD)");
  }
  Sender sender(
      std::make_shared<unix_backend::UnixSenderLane>(std::move(sending)));
  Receiver receiver(
      std::make_unique<unix_backend::UnixReceiverLane>(std::move(receiving)));
  sender.SetMaxMessageBytes(options.max_message_bytes);
  receiver.SetMaxMessageBytes(options.max_message_bytes);
  sender.SetMaxMessageHandles(options.max_message_handles);
  receiver.SetMaxMessageHandles(options.max_message_handles);
  return ChannelPair{std::move(sender), std::move(receiver)};
}

}  // namespace

absl::StatusOr<ChannelPair> CreateUnixChannel(const ChannelOptions& options) {
  return OrOutOfMemory([&] { return NewChannel(options); });
}

absl::StatusOr<Sender> AdoptUnixSender(UniqueFd socket) {
  absl::Status valid = CheckSocket(socket.Borrow());
  if (!valid.ok()) return valid;
  return OwnUnixSender(std::move(socket));
}

absl::StatusOr<Receiver> AdoptUnixReceiver(UniqueFd socket) {
  absl::Status valid = CheckSocket(socket.Borrow());
  if (!valid.ok()) return valid;
  return OwnUnixReceiver(std::move(socket));
}

absl::StatusOr<Sender> OwnUnixSender(UniqueFd socket) {
  if (::shutdown(socket.get(), SHUT_RD) != 0) {
    return ErrnoToStatus(errno, "shutdown(SHUT_RD)");
  }
  return Sender(
      std::make_shared<unix_backend::UnixSenderLane>(std::move(socket)));
}

Receiver OwnUnixReceiver(UniqueFd socket) {
  return Receiver(
      std::make_unique<unix_backend::UnixReceiverLane>(std::move(socket)));
}

}  // namespace ipc_channel::transport
