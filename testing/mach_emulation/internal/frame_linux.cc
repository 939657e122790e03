#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr std::size_t kMostInline = std::size_t{64} << 10;
constexpr std::size_t kMostFds = 8;

struct Preamble {
  std::uint32_t fixed_size;
  std::uint32_t payload_size;
  std::uint32_t payload_in_memfd;  // the last descriptor
};

bool WriteAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool ReadAll(int fd, std::span<std::byte> bytes) {
  off_t at = 0;
  while (!bytes.empty()) {
    const ssize_t got = pread(fd, bytes.data(), bytes.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

union ControlBuffer {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int) * kMostFds)];
};

void PutFds(msghdr& message, ControlBuffer& control, std::span<const int> fds) {
  if (fds.empty()) return;
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(fds.size_bytes());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size_bytes());
  memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
}

std::vector<UniqueFd> TakeFds(msghdr& message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
      fds.emplace_back(fd);
    }
  }
  return fds;
}

// The size of the file, unless it is no regular one.
std::optional<std::size_t> SizeOf(const UniqueFd& file) {
  struct stat info;
  if (fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(info.st_size);
}

bool TakePayloadFromMemfd(std::size_t size, FrameContent& content) {
  if (content.fds.empty() || SizeOf(content.fds.back()) != size) return false;
  content.payload.resize(size);
  if (!ReadAll(content.fds.back().get(), content.payload)) return false;
  content.fds.pop_back();
  return true;
}

// Whether the packet of `size` bytes is a whole frame; `content.payload` has
// what followed the fixed part, and as many bytes more as there was room for.
bool Unpack(const Preamble& preamble, std::size_t fixed_size, std::size_t size,
            FrameContent& content) {
  const std::size_t before = sizeof(Preamble) + fixed_size;
  if (size < before || preamble.fixed_size != fixed_size ||
      preamble.payload_size > kMaxFramePayload) {
    return false;
  }
  if (preamble.payload_in_memfd != 0) {
    return size == before &&
           TakePayloadFromMemfd(preamble.payload_size, content);
  }
  if (size - before != preamble.payload_size) return false;
  content.payload.resize(preamble.payload_size);
  return true;
}

}  // namespace

bool SendFrame(int socket, std::span<const std::byte> fixed,
               std::span<const std::byte> payload, std::span<const int> fds) {
  if (payload.size() > kMaxFramePayload || fds.size() >= kMostFds) {
    errno = EMSGSIZE;
    return false;
  }
  std::vector<int> all_fds(fds.begin(), fds.end());
  UniqueFd memory;
  if (payload.size() > kMostInline) {
    memory = UniqueFd(memfd_create("frame", MFD_CLOEXEC));
    if (!memory.valid() || !WriteAll(memory.get(), payload)) return false;
    all_fds.push_back(memory.get());
  }
  Preamble preamble{static_cast<std::uint32_t>(fixed.size()),
                    static_cast<std::uint32_t>(payload.size()),
                    memory.valid() ? 1u : 0u};
  iovec parts[3] = {{&preamble, sizeof(preamble)},
                    {const_cast<std::byte*>(fixed.data()), fixed.size()},
                    {const_cast<std::byte*>(payload.data()),
                     memory.valid() ? 0 : payload.size()}};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 3;
  ControlBuffer control = {};
  PutFds(message, control, all_fds);
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

FrameResult ReceiveFrame(int socket, std::span<std::byte> fixed,
                         FrameContent& content) {
  Preamble preamble = {};
  content.payload.resize(kMostInline);
  content.fds.clear();
  iovec parts[3] = {{&preamble, sizeof(preamble)},
                    {fixed.data(), fixed.size()},
                    {content.payload.data(), content.payload.size()}};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 3;
  ControlBuffer control = {};
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  ssize_t size;
  do {
    size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return FrameResult::kClosed;
  content.fds = TakeFds(message);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
      !Unpack(preamble, fixed.size(), static_cast<std::size_t>(size),
              content)) {
    content = {};
    return FrameResult::kMalformed;
  }
  return FrameResult::kFrame;
}

}  // namespace ipc_channel_testing::mach_emulation
