#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <span>

#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/socket_system.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// glibc 2.36 has no name for it.
constexpr int kScmPidfd = 0x04;

constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

}  // namespace

int SendWhole(BorrowedFd socket, const msghdr& packet) {
  ssize_t sent;
  do {
    sent = ::sendmsg(socket.get(), &packet, kSendFlags);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

int SendBytes(BorrowedFd socket, std::span<const std::byte> packet) {
  ssize_t sent;
  do {
    sent = ::send(socket.get(), packet.data(), packet.size(), kSendFlags);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

ReceivedPacket ReceiveRaw(BorrowedFd socket, int flags, msghdr& packet) {
  const std::size_t control_bytes = packet.msg_controllen;
  ssize_t received;
  do {
    packet.msg_controllen = control_bytes;
    received = ::recvmsg(socket.get(), &packet, flags);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return {.error = errno};
  return {.bytes = static_cast<std::size_t>(received),
          .bytes_cut = (packet.msg_flags & MSG_TRUNC) != 0,
          .descriptors_cut = (packet.msg_flags & MSG_CTRUNC) != 0};
}

bool MayHaveControlData(const msghdr& peeked) {
  return (peeked.msg_flags & MSG_CTRUNC) != 0;
}

bool IsUnaskedDescriptor(const cmsghdr& control) {
  return control.cmsg_level == SOL_SOCKET && control.cmsg_type == kScmPidfd;
}

bool IsSendQueueFull(BorrowedFd socket) {
  int queued = 0;
  if (::ioctl(socket.get(), SIOCOUTQ, &queued) != 0) return false;
  const int capacity = SendBufferSize(socket);
  return capacity >= 0 && queued >= capacity &&
         EventsNow(socket, /*events=*/0) == 0;
}

bool HasPeer(BorrowedFd socket) {
  sockaddr_storage address;
  socklen_t size = sizeof(address);
  return ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address),
                       &size) == 0;
}

}  // namespace ipc_channel::transport::unix_backend
