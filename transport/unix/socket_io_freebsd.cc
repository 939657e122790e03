#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/ucred.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <span>

#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/socket_system.h"

// Written from the source of FreeBSD 14 (sys/kern/uipc_socket.c and
// uipc_usrreq.c): compiled, never run.
//
// FreeBSD 15 is not provided for: there SOCK_SEQPACKET is a stream with marks
// in it, and a send without waiting may put a part of a packet into it
// (uipc_sosend_stream_or_seqpacket).

namespace ipc_channel::transport::unix_backend {
namespace {

std::size_t BytesOf(const msghdr& packet) {
  std::size_t bytes = 0;
  for (const iovec& part :
       std::span(packet.msg_iov, static_cast<std::size_t>(packet.msg_iovlen))) {
    bytes += part.iov_len;
  }
  return bytes;
}

}  // namespace

// A packet goes whole or not at all (PR_ATOMIC in sosend_generic). One that
// fits the send buffer, but not together with its control data, would find no
// room for ever, so it is refused here as one that does not fit at all.
int SendWhole(BorrowedFd socket, const msghdr& packet) {
  const std::size_t bytes = BytesOf(packet);
  const int capacity = SocketOption(socket, SO_SNDBUF);
  if (capacity < 0) return errno;
  if (bytes + packet.msg_controllen > static_cast<std::size_t>(capacity)) {
    return EMSGSIZE;
  }
  ssize_t sent;
  do {
    sent =
        ::sendmsg(socket.get(), &packet, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_EOR);
  } while (sent < 0 && errno == EINTR);
  // A close while the call is on its way.
  if (sent < 0) return errno == ENOTCONN ? EPIPE : errno;
  // FreeBSD 15. The receiver drops what came.
  return static_cast<std::size_t>(sent) == bytes ? 0 : EIO;
}

int SendBytes(BorrowedFd socket, std::span<const std::byte> packet) {
  // sendmsg only reads; iovec's type serves both directions.
  iovec part = {.iov_base = const_cast<std::byte*>(packet.data()),
                .iov_len = packet.size()};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  return SendWhole(socket, header);
}

// If this process has no numbers left for the descriptors, the kernel closes
// all of them, drops the packet, and recvmsg() fails with EMSGSIZE
// (unp_externalize in soreceive_generic).
ReceivedPacket ReceiveRaw(BorrowedFd socket, int flags, msghdr& packet) {
  const socklen_t control_bytes = packet.msg_controllen;
  ssize_t received;
  do {
    packet.msg_controllen = control_bytes;
    received = ::recvmsg(socket.get(), &packet, flags);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    packet.msg_controllen = 0;
    if (errno == EMSGSIZE) return {.descriptors_cut = true};
    return {.error = errno};
  }
  const bool is_cut = (packet.msg_flags & MSG_TRUNC) != 0;
  const bool has_end = (packet.msg_flags & MSG_EOR) != 0;
  return {.bytes = static_cast<std::size_t>(received),
          .bytes_cut = received > 0 && (is_cut || !has_end),
          .descriptors_cut = (packet.msg_flags & MSG_CTRUNC) != 0};
}

// recvmsg() without room for control data does not tell.
bool MayHaveControlData(const msghdr& /*peeked*/) { return true; }

// No option makes the kernel add one.
bool IsUnaskedDescriptor(const cmsghdr& /*control*/) { return false; }

// The kernel calls a socket writable unless it would refuse a send.
bool IsSendQueueFull(BorrowedFd socket) {
  return EventsNow(socket, POLLOUT) == 0;
}

// getpeername() fails once the peer is gone; its credentials stay.
bool HasPeer(BorrowedFd socket) {
  xucred peer;
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket.get(), SOL_LOCAL, LOCAL_PEERCRED, &peer, &size) ==
         0;
}

}  // namespace ipc_channel::transport::unix_backend
