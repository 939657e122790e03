#include "ipc_channel/transport/unix/helper_socket.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/transport/unix/descriptor_guard.h"
#include "ipc_channel/transport/unix/descriptors_in_flight.h"
#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {
namespace {

static_assert(kMaxPacketHandles <= kMaxPacketDescriptors);

absl::Status TakeOnePacket(BorrowedFd helper, std::size_t handle_count,
                           std::vector<HandleEntry>& entries,
                           std::vector<UniqueFd>& descriptors) {
  std::array<std::byte, kMaxPacketHandles * kHandleEntryBytes> bytes;
  const iovec part = {.iov_base = bytes.data(), .iov_len = bytes.size()};
  const std::size_t before = descriptors.size();
  const ReceivedPacket received =
      ReceivePacket(helper, {&part, 1}, Blocking::kNo, descriptors);
  if (received.error != 0 || received.bytes_cut) {
    return absl::DataLossError(
        "malformed packet: its helper socket does not hold its handles");
  }
  if (received.descriptors_cut) return LostAtDescriptorLimitError();
  return DecodeHelperPacket(std::span(bytes).first(received.bytes),
                            handle_count, descriptors.size() - before, entries);
}

}  // namespace

int NewFilledHelper(std::span<const HelperPacket> packets, UniqueFd& helper) {
  UniqueFd sending;
  UniqueFd receiving;
  const int made = NewPacketPair(sending, receiving);
  if (made != 0) return made;
  for (const HelperPacket& packet : packets) {
    const int error = SendDescriptors(sending.Borrow(), {&packet.entries, 1},
                                      packet.descriptors);
    // Nobody reads yet: waiting for room would be waiting for ever.
    if (error == EAGAIN || error == EMSGSIZE) return ENOBUFS;
    if (error != 0) return error;
  }
  helper = std::move(receiving);
  return 0;
}

absl::Status DrainHelper(UniqueFd helper, std::size_t handle_count,
                         std::vector<HandleEntry>& entries,
                         std::vector<UniqueFd>& descriptors) {
  // recvmsg() of anything else could wait.
  if (!IsSeqpacketSocket(helper.Borrow())) {
    return absl::DataLossError("malformed packet: its helper is no socket");
  }
  // Taking some of them before the rest turns out not to fit would, for that
  // moment, take the room from other channels.
  if (!HasRoomForDescriptors(handle_count)) return LostAtDescriptorLimitError();
  while (handle_count > 0) {
    const std::size_t next = std::min(handle_count, kMaxPacketHandles);
    absl::Status taken =
        TakeOnePacket(helper.Borrow(), next, entries, descriptors);
    if (!taken.ok()) return taken;
    handle_count -= next;
  }
  if (HasQueuedBytes(helper.Borrow())) {
    return absl::DataLossError("malformed packet: its helper holds too much");
  }
  return absl::OkStatus();
}

}  // namespace ipc_channel::transport::unix_backend
