#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unix/socket_capacity.h"

namespace ipc_channel::transport::unix_backend {
namespace {

// Linux charges a socket for each packet in flight what the packet takes of its
// memory (skb->truesize): 256 bytes for the sk_buff, and for the data with
// their trailer of 320 bytes the next power of two; what is over 16064 bytes
// lies in whole pages beside (unix_dgram_sendmsg in net/unix/af_unix.c,
// sock_alloc_send_pskb in net/core/sock.c, __alloc_skb in net/core/skbuff.c).
// With our header of 16 bytes a packet of n bytes costs 768 up to n = 176, and
// never more than either of
//
//   768 + 3 n       the worst is n = 177, which costs 1280
//   1054 + 2 n      a power of two is less than twice what it holds
//
// A send passes while the charge is less than the buffer. The structures differ
// between kernels and their configurations, hence a quarter more for each
// packet.
struct Charge {
  std::uint64_t per_packet;
  std::uint64_t per_byte;
};
constexpr Charge kForSmallPackets = {.per_packet = 1024, .per_byte = 3};
constexpr Charge kForLargePackets = {.per_packet = 1344, .per_byte = 2};

// Beyond any buffer, and sums of it do not overflow.
constexpr std::uint64_t kBeyond = std::uint64_t{1} << 48;

std::uint64_t Bounded(std::size_t count) {
  return std::min<std::uint64_t>(count, kBeyond);
}

std::uint64_t BufferFor(const ChannelCapacity& capacity, Charge charge) {
  return charge.per_packet * Bounded(capacity.messages) +
         charge.per_byte * Bounded(capacity.bytes);
}

std::uint64_t BufferFor(const ChannelCapacity& capacity) {
  return std::min(BufferFor(capacity, kForSmallPackets),
                  BufferFor(capacity, kForLargePackets));
}

// How much of one kind fits a buffer beside `other` of the other kind.
std::uint64_t Most(std::uint64_t buffer, std::uint64_t other,
                   std::uint64_t Charge::*cost_of_one,
                   std::uint64_t Charge::*cost_of_other) {
  std::uint64_t most = 0;
  for (const Charge& charge : {kForSmallPackets, kForLargePackets}) {
    const std::uint64_t taken = charge.*cost_of_other * other;
    if (taken > buffer) continue;
    most = std::max(most, (buffer - taken) / (charge.*cost_of_one));
  }
  return most;
}

absl::Status OverTheCeiling(const ChannelCapacity& capacity,
                            std::uint64_t buffer) {
  const std::uint64_t messages = Most(buffer, Bounded(capacity.bytes),
                                      &Charge::per_packet, &Charge::per_byte);
  const std::uint64_t bytes = Most(buffer, Bounded(capacity.messages),
                                   &Charge::per_byte, &Charge::per_packet);
  return absl::OutOfRangeError(absl::StrCat(
      "a capacity of ", capacity.messages, " messages of ", capacity.bytes,
      " bytes is more than this system allows (net.core.wmem_max): with as "
      "many bytes ",
      messages, " messages, with as many messages ", bytes, " bytes"));
}

absl::Status SocketError(const char* call) {
  return ErrnoToStatus(errno, call);
}

}  // namespace

absl::Status SetSendCapacity(BorrowedFd socket,
                             const ChannelCapacity& capacity) {
  const std::uint64_t wanted = BufferFor(capacity);
  // The kernel doubles what it is asked for, raises it to its minimum (4608
  // bytes, enough for the entries of all handles that one packet carries), and
  // lowers it to its maximum without a word.
  const int asked = static_cast<int>(std::min<std::uint64_t>(
      wanted / 2 + 1, std::numeric_limits<int>::max() / 2));
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &asked,
                   sizeof(asked)) != 0) {
    return SocketError("setsockopt(SO_SNDBUF)");
  }
  int given = 0;
  socklen_t size = sizeof(given);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &given, &size) != 0) {
    return SocketError("getsockopt(SO_SNDBUF)");
  }
  const auto buffer = static_cast<std::uint64_t>(std::max(given, 0));
  if (buffer < wanted) return OverTheCeiling(capacity, buffer);
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport::unix_backend
