#include "ipc_channel/transport/unix/descriptor_guard.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/unix/packet.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// The lowest number that is free; -1 if none is. Whatever is opened gets it.
int LowestFreeNumber() {
  const UniqueFd probe(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  return probe.get();
}

bool IsFree(int number) {
  return ::fcntl(number, F_GETFD) < 0 && errno == EBADF;
}

// True if a process with the present limit can never hold so many beside the
// socket that they come from.
bool IsMoreThanEver(std::size_t count) {
  rlimit limit = {};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
         static_cast<rlim_t>(count) >= limit.rlim_cur;
}

}  // namespace

bool HasRoomForDescriptors(std::size_t count) {
  if (count == 0) return true;
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  const int lowest = LowestFreeNumber();
  if (lowest < 0) return false;
  --count;
  for (int number = lowest + 1;
       count > 0 && static_cast<rlim_t>(number) < limit.rlim_cur; ++number) {
    if (IsFree(number)) --count;
  }
  return count == 0;
}

absl::Status LostAtDescriptorLimitError() {
  return absl::ResourceExhaustedError(
      "a message was lost: this process is at its limit of descriptors");
}

absl::Status DescriptorGuard::LookAtNextPacket(
    BorrowedFd socket, Blocking blocking, const MessageLimits& limits) const {
  std::array<std::byte,
             kPacketHeaderBytes + kMaxPacketHandles * kHandleEntryBytes>
      start;
  const PeekedPacket peeked = PeekPacket(socket, start, blocking);
  if (peeked.error != 0 || !peeked.has_attachments) return absl::OkStatus();
  const absl::StatusOr<std::size_t> due =
      DescriptorsDue(std::span(start).first(peeked.bytes), limits);
  // What is malformed is dropped, whatever becomes of its descriptors; so is
  // what would wait for ever.
  if (!due.ok() || IsMoreThanEver(*due) || HasRoomForDescriptors(*due)) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      "the next message stays queued: it has more descriptors than this "
      "process may open");
}

void DescriptorGuard::PacketWasWhole(std::size_t descriptors) {
  if (!is_careful_ || descriptors == 0) return;
  is_careful_ = !HasRoomForDescriptors(kMaxPacketDescriptors);
}

}  // namespace ipc_channel::transport::unix_backend
