#include "ipc_channel/bench/bare_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>

#include "ipc_channel/bench/check.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::UniqueFd;

void Send(BorrowedFd socket, const msghdr& header) {
  CheckCall(::sendmsg(socket.get(), &header, MSG_NOSIGNAL) >= 0, "sendmsg");
}

std::size_t Receive(BorrowedFd socket, msghdr& header, int flags) {
  const ssize_t count =
      ::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC | flags);
  if (count >= 0) return static_cast<std::size_t>(count);
  CheckCall(errno == EAGAIN && flags == MSG_DONTWAIT, "recvmsg");
  return 0;
}

iovec Part(std::span<const std::byte> bytes) {
  return {.iov_base = const_cast<std::byte*>(bytes.data()),
          .iov_len = bytes.size()};
}

std::size_t ReceiveBytes(BorrowedFd socket, std::span<std::byte> buffer,
                         int flags) {
  iovec part = Part(buffer);
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  return Receive(socket, header, flags);
}

}  // namespace

BarePair NewBarePair() {
  int pair[2];
  CheckCall(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0,
            "socketpair");
  return {.near = UniqueFd(pair[0]), .far = UniqueFd(pair[1])};
}

void SendBare(BorrowedFd socket, std::span<const std::byte> bytes) {
  iovec part = Part(bytes);
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  Send(socket, header);
}

void SendBare(BorrowedFd socket, std::span<const std::byte> bytes,
              BorrowedFd passed) {
  iovec part = Part(bytes);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = passed.get();
  std::memcpy(CMSG_DATA(rights), &number, sizeof(number));
  Send(socket, header);
}

std::size_t ReceiveBare(BorrowedFd socket, std::span<std::byte> buffer) {
  return ReceiveBytes(socket, buffer, 0);
}

std::size_t TryReceiveBare(BorrowedFd socket, std::span<std::byte> buffer) {
  return ReceiveBytes(socket, buffer, MSG_DONTWAIT);
}

std::size_t ReceiveBare(BorrowedFd socket, std::span<std::byte> buffer,
                        UniqueFd& passed) {
  iovec part = Part(buffer);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const std::size_t count = Receive(socket, header, 0);
  const cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(rights), sizeof(number));
    passed.Reset(number);
  }
  return count;
}

void SendSignal(BorrowedFd socket) {
  const std::byte signal = {};
  SendBare(socket, {&signal, 1});
}

bool ReceiveSignal(BorrowedFd socket) {
  std::byte signal;
  return ReceiveBare(socket, {&signal, 1}) > 0;
}

}  // namespace ipc_channel_bench
