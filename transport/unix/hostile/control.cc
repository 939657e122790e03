#include "ipc_channel/transport/unix/hostile/control.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

namespace ipc_channel_hostile {
namespace {

constexpr std::size_t kMaxSockets = 4;

void TakeSockets(msghdr& header, std::vector<Fd>& sockets) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    const unsigned char* next = CMSG_DATA(control);
    for (std::size_t left = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
         left > 0; --left, next += sizeof(int)) {
      int number;
      std::memcpy(&number, next, sizeof(number));
      sockets.emplace_back(number);
    }
  }
}

}  // namespace

Order NextOrder() {
  std::array<char, 256> text;
  iovec part = {.iov_base = text.data(), .iov_len = text.size()};
  alignas(cmsghdr) char room[CMSG_SPACE(kMaxSockets * sizeof(int))];
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = room;
  header.msg_controllen = sizeof(room);
  ssize_t received;
  do {
    received = ::recvmsg(kControl, &header, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received <= 0) return {};
  Order order = {std::string(text.data(), static_cast<std::size_t>(received)),
                 {}};
  TakeSockets(header, order.sockets);
  return order;
}

bool OrderIsWaiting() {
  pollfd entry = {.fd = kControl, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) > 0;
}

void Report(const std::string& text) {
  ::send(kControl, text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace ipc_channel_hostile
