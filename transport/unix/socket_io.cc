#include "ipc_channel/transport/unix/socket_io.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/socket_system.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// Room for every descriptor a packet can carry and for what a co-holder of the
// socket can switch on beside them (credentials, security label, pidfd): none
// of that may push a descriptor out. FreeBSD lets a sender attach 2048 bytes
// (MCLBYTES) of whatever it likes.
constexpr std::size_t kOtherControlBytes = 1536;
constexpr std::size_t kControlBytes =
    CMSG_SPACE(kMaxPacketDescriptors * sizeof(int)) + kOtherControlBytes;

msghdr MessageHeader(std::span<const iovec> parts) {
  msghdr header = {};
  // sendmsg and recvmsg do not write to the list; its type is C's.
  header.msg_iov = const_cast<iovec*>(parts.data());
  header.msg_iovlen = static_cast<decltype(header.msg_iovlen)>(parts.size());
  return header;
}

// Attaches `descriptors` to `header`, laid out in `control`.
void AttachDescriptors(std::span<const BorrowedFd> descriptors, char* control,
                       msghdr& header) {
  header.msg_control = control;
  header.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
  std::memset(control, 0, header.msg_controllen);
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
  unsigned char* out = CMSG_DATA(rights);
  for (const BorrowedFd descriptor : descriptors) {
    const int number = descriptor.get();
    std::memcpy(out, &number, sizeof(number));
    out += sizeof(number);
  }
}

// The descriptors of one control message, owned until they are taken. Not a
// vector of UniqueFd: making one can fail while the descriptors are nobody's.
class ArrivedDescriptors {
 public:
  explicit ArrivedDescriptors(cmsghdr* control)
      : next_(CMSG_DATA(control)),
        count_((control->cmsg_len - CMSG_LEN(0)) / sizeof(int)) {}
  ArrivedDescriptors(const ArrivedDescriptors&) = delete;
  ArrivedDescriptors& operator=(const ArrivedDescriptors&) = delete;
  ~ArrivedDescriptors() {
    while (count_ > 0) TakeNext();
  }

  std::size_t count() const { return count_; }
  UniqueFd TakeNext() {
    int number = -1;
    std::memcpy(&number, next_, sizeof(number));
    next_ += sizeof(number);
    --count_;
    return UniqueFd(number);
  }

 private:
  const unsigned char* next_;
  std::size_t count_;
};

bool IsRights(const cmsghdr& control) {
  return control.cmsg_level == SOL_SOCKET && control.cmsg_type == SCM_RIGHTS;
}

// Before any other is taken, which may fail for want of memory.
void CloseUnaskedDescriptors(msghdr& header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (!IsRights(*control) && IsUnaskedDescriptor(*control)) {
      const ArrivedDescriptors closed(control);
    }
  }
}

void TakeDescriptors(msghdr& header, std::vector<UniqueFd>& descriptors) {
  CloseUnaskedDescriptors(header);
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (!IsRights(*control)) continue;
    ArrivedDescriptors arrived(control);
    descriptors.reserve(descriptors.size() + arrived.count());
    while (arrived.count() > 0) descriptors.push_back(arrived.TakeNext());
  }
}

// By SO_DOMAIN, which takes no lock. getsockname() of other families does, and
// whoever else holds the socket can sit on that: vsock_getname() in
// net/vmw_vsock/af_vsock.c, while somebody receives into memory that he serves
// himself. It is for systems and sandboxes that have no SO_DOMAIN.
bool IsUnixSocket(BorrowedFd socket) {
  const int domain = SocketOption(socket, SO_DOMAIN);
  if (domain >= 0) return domain == AF_UNIX;
  sockaddr_storage address;
  socklen_t size = sizeof(address);
  return ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address),
                       &size) == 0 &&
         address.ss_family == AF_UNIX;
}

}  // namespace

int SocketOption(BorrowedFd socket, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  if (::getsockopt(socket.get(), SOL_SOCKET, name, &value, &size) != 0) {
    return -1;
  }
  return value;
}

short EventsNow(BorrowedFd socket, short events) {
  pollfd entry = {.fd = socket.get(), .events = events, .revents = 0};
  int ready;
  do {
    ready = ::poll(&entry, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 ? entry.revents : short{0};
}

int NewPacketPair(UniqueFd& one, UniqueFd& other) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return errno;
  }
  one.Reset(pair[0]);
  other.Reset(pair[1]);
  return 0;
}

int SendPacket(BorrowedFd socket, std::span<const iovec> parts,
               std::span<const BorrowedFd> descriptors) {
  if (descriptors.size() > kMaxPacketDescriptors) return EINVAL;
  msghdr header = MessageHeader(parts);
  alignas(cmsghdr) char control[kControlBytes];
  if (!descriptors.empty()) AttachDescriptors(descriptors, control, header);
  return SendWhole(socket, header);
}

ReceivedPacket ReceivePacket(BorrowedFd socket, std::span<const iovec> parts,
                             Blocking blocking,
                             std::vector<UniqueFd>& descriptors) {
  const int flags =
      MSG_CMSG_CLOEXEC | (blocking == Blocking::kNo ? MSG_DONTWAIT : 0);
  alignas(cmsghdr) char control[kControlBytes];
  msghdr header = MessageHeader(parts);
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const ReceivedPacket received = ReceiveRaw(socket, flags, header);
  if (received.error != 0) return received;
  if (header.msg_controllen > 0) TakeDescriptors(header, descriptors);
  return received;
}

PeekedPacket PeekPacket(BorrowedFd socket, std::span<std::byte> out,
                        Blocking blocking) {
  const int flags = MSG_PEEK | (blocking == Blocking::kNo ? MSG_DONTWAIT : 0);
  const iovec part = {.iov_base = out.data(), .iov_len = out.size()};
  // Without room for control data, or the descriptors were opened.
  msghdr header = MessageHeader({&part, 1});
  ssize_t peeked;
  do {
    peeked = ::recvmsg(socket.get(), &header, flags);
  } while (peeked < 0 && errno == EINTR);
  if (peeked < 0) return {.error = errno};
  return {.bytes = static_cast<std::size_t>(peeked),
          .has_attachments = MayHaveControlData(header)};
}

bool PeerIsGone(BorrowedFd socket) {
  return (EventsNow(socket, POLLRDHUP) & (POLLRDHUP | POLLHUP | POLLNVAL)) != 0;
}

bool HasQueuedBytes(BorrowedFd socket) {
  int bytes = 0;
  return ::ioctl(socket.get(), FIONREAD, &bytes) == 0 && bytes > 0;
}

int SendBufferSize(BorrowedFd socket) {
  return SocketOption(socket, SO_SNDBUF);
}

void AskForLargestSendBuffer(BorrowedFd socket) {
  // Cut down to net.core.wmem_max, and doubled. A sandbox may refuse it.
  constexpr int kMuch = 1 << 30;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kMuch, sizeof(kMuch));
}

bool IsSeqpacketSocket(BorrowedFd socket) {
  return SocketOption(socket, SO_TYPE) == SOCK_SEQPACKET &&
         IsUnixSocket(socket);
}

}  // namespace ipc_channel::transport::unix_backend
