#include "ipc_channel/transport/unix/hostile/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace ipc_channel_hostile {
namespace {

void Append(std::uint64_t value, int size, Bytes& out) {
  for (int i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

}  // namespace

Fd::~Fd() {
  if (number_ >= 0) ::close(number_);
}

Bytes Header(std::uint32_t handles, std::uint64_t payload, int flags) {
  Bytes out = {'I', 'C', 1, static_cast<std::uint8_t>(flags)};
  Append(handles, 4, out);
  Append(payload, 8, out);
  return out;
}

Bytes Entry(std::uint32_t kind, std::uint64_t detail, std::uint32_t flags) {
  Bytes out;
  Append(kind, 4, out);
  Append(flags, 4, out);
  Append(detail, 8, out);
  return out;
}

Bytes Entries(std::size_t count, std::uint32_t kind, std::uint64_t detail) {
  Bytes out;
  for (std::size_t i = 0; i < count; ++i) out = out + Entry(kind, detail);
  return out;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes Text(std::string_view text) { return Bytes(text.begin(), text.end()); }

Bytes Zeros(std::size_t count) { return Bytes(count); }

Bytes Prefix(const Bytes& bytes, std::size_t count) {
  return Bytes(bytes.begin(),
               bytes.begin() + static_cast<std::ptrdiff_t>(count));
}

void Patch(Bytes& bytes, std::size_t at, std::size_t size,
           std::uint64_t value) {
  for (std::size_t i = 0; i < size; ++i) {
    bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

// splitmix64.
std::uint64_t Random::Next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

int SendPacket(int socket, const Bytes& packet,
               const std::vector<int>& descriptors, int flags) {
  iovec part = {.iov_base = const_cast<std::uint8_t*>(packet.data()),
                .iov_len = packet.size()};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  const std::size_t size = descriptors.size() * sizeof(int);
  std::vector<std::max_align_t> control(CMSG_SPACE(size));
  if (!descriptors.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(size);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
  }
  while (true) {
    if (::sendmsg(socket, &header, flags | MSG_NOSIGNAL) >= 0) return 0;
    if (errno != EINTR && errno != ETOOMANYREFS) return errno;
    ::poll(nullptr, 0, 1);  // until others are received
  }
}

Pair NewPair() {
  int pair[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    std::abort();
  }
  return {.sending = Fd(pair[0]), .receiving = Fd(pair[1])};
}

Pipe NewPipe() {
  int pipe[2] = {-1, -1};
  if (::pipe2(pipe, O_CLOEXEC) != 0) std::abort();
  return {.read_end = Fd(pipe[0]), .write_end = Fd(pipe[1])};
}

}  // namespace ipc_channel_hostile
