#include "ipc_channel/transport/unix/socket_carrier.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/transport/unix/descriptor_guard.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {
namespace {

static_assert(kMaxCarrierSockets <= kMaxPacketDescriptors);

// A pair that holds much.
int NewRoomyPair(UniqueFd& sending, UniqueFd& receiving) {
  const int error = NewPacketPair(sending, receiving);
  if (error != 0) return error;
  const int before = SendBufferSize(sending.Borrow());
  AskForLargestSendBuffer(sending.Borrow());
  if (SendBufferSize(sending.Borrow()) >= before) return 0;
  return NewPacketPair(sending, receiving);
}

// How much of the content to put into each packet: two packets fit at least.
std::size_t PacketBytesFor(BorrowedFd sending) {
  const int buffer = SendBufferSize(sending);
  return std::clamp(buffer < 0 ? 0 : static_cast<std::size_t>(buffer) / 2,
                    kMinCarrierPacketBytes, kMaxCarrierPacketBytes);
}

// Nobody reads yet: waiting for room would be waiting for ever.
int NeverAgain(int error) {
  return error == EAGAIN || error == EMSGSIZE ? ENOBUFS : error;
}

// Takes as much from the front of `content` as one socket holds into `filled`.
int FillSocket(std::span<const std::byte>& content, UniqueFd& filled) {
  UniqueFd sending;
  UniqueFd receiving;
  int error = NewRoomyPair(sending, receiving);
  if (error != 0) return error;
  const std::size_t packet_bytes = PacketBytesFor(sending.Borrow());
  const std::size_t before = content.size();
  while (!content.empty()) {
    const std::size_t size = std::min(packet_bytes, content.size());
    // sendmsg only reads; iovec's type serves both directions.
    const iovec part = {.iov_base = const_cast<std::byte*>(content.data()),
                        .iov_len = size};
    error = SendPacket(sending.Borrow(), {&part, 1}, {});
    if (error == EAGAIN && content.size() < before) break;
    if (error != 0) return NeverAgain(error);
    content = content.subspan(size);
  }
  filled = std::move(receiving);
  return 0;
}

// The data sockets that one packet takes into a carrier.
class Batch {
 public:
  void Add(UniqueFd socket) { sockets_[count_++] = std::move(socket); }

  // Adds sockets with what `content` begins with, until it is empty or this is
  // full.
  int FillFrom(std::span<const std::byte>& content) {
    while (count_ < sockets_.size() && !content.empty()) {
      const int error = FillSocket(content, sockets_[count_]);
      if (error != 0) return error;
      ++count_;
    }
    return 0;
  }

  // Sends the sockets, and keeps none.
  int MoveInto(BorrowedFd sending, std::size_t& in_flight) {
    std::array<BorrowedFd, kMaxCarrierSockets> attached;
    std::ranges::transform(sockets_, attached.begin(), &UniqueFd::Borrow);
    std::byte nothing = {};
    const iovec part = {.iov_base = &nothing, .iov_len = 1};
    const int error =
        SendPacket(sending, {&part, 1}, std::span(attached).first(count_));
    if (error != 0) return NeverAgain(error);
    in_flight += count_;
    sockets_ = {};
    count_ = 0;
    return 0;
  }

 private:
  std::array<UniqueFd, kMaxCarrierSockets> sockets_;
  std::size_t count_ = 0;
};

absl::Status Malformed(absl::string_view reason) {
  return absl::DataLossError(absl::StrCat("malformed packet: ", reason));
}

// The bytes that have come out of a carrier so far.
class Drained {
 public:
  Drained(Mapping memory, std::size_t size)
      : memory_(std::move(memory)), size_(size) {}

  bool is_whole() const { return count_ == size_; }
  std::size_t count() const { return count_; }
  Mapping TakeMemory() && { return std::move(memory_); }

  // Takes a packet of `socket`, whose bytes become the next ones if Keep() is
  // called, and gives their number: 0 for an empty queue. Not if is_whole().
  absl::StatusOr<std::size_t> TakePacket(BorrowedFd socket,
                                         std::vector<UniqueFd>& sockets);
  absl::Status Keep(std::size_t bytes);

 private:
  absl::Status MakeRoomFor(std::size_t bytes);

  Mapping memory_;
  const std::size_t size_;
  std::size_t count_ = 0;
};

absl::Status Drained::MakeRoomFor(std::size_t bytes) {
  const std::size_t room = memory_.bytes().size();
  if (room - count_ >= bytes) return absl::OkStatus();
  return memory_.Grow(std::min(size_, std::max(2 * room, count_ + bytes)));
}

absl::StatusOr<std::size_t> Drained::TakePacket(
    BorrowedFd socket, std::vector<UniqueFd>& sockets) {
  const std::size_t most = std::min(kMaxCarrierPacketBytes, size_ - count_);
  absl::Status room = MakeRoomFor(most);
  if (!room.ok()) return absl::ResourceExhaustedError(room.message());
  const iovec part = {.iov_base = memory_.writable_bytes().data() + count_,
                      .iov_len = most};
  const ReceivedPacket received =
      ReceivePacket(socket, {&part, 1}, Blocking::kNo, sockets);
  if (received.error == EAGAIN) return 0;
  if (received.error != 0 || received.bytes_cut) {
    return Malformed("a carrier does not hold its content");
  }
  if (received.descriptors_cut) return LostAtDescriptorLimitError();
  return received.bytes;
}

absl::Status Drained::Keep(std::size_t bytes) {
  count_ += bytes;
  // A peer that goes on filling while we drain must not keep us at it.
  if (bytes >= kMinCarrierPacketBytes || is_whole()) return absl::OkStatus();
  return Malformed("a packet in a carrier is too small");
}

absl::Status CheckIsEmpty(BorrowedFd socket) {
  if (!HasQueuedBytes(socket)) return absl::OkStatus();
  return Malformed("a carrier holds too much");
}

absl::Status DrainDataSocket(BorrowedFd socket, Drained& drained) {
  // recvmsg() of anything else could wait.
  if (!IsSeqpacketSocket(socket)) return Malformed("its data is no socket");
  const std::size_t before = drained.count();
  while (!drained.is_whole()) {
    std::vector<UniqueFd> nested;
    const absl::StatusOr<std::size_t> bytes =
        drained.TakePacket(socket, nested);
    if (!bytes.ok()) return bytes.status();
    if (!nested.empty()) return Malformed("sockets in a data socket");
    if (*bytes == 0) break;
    absl::Status kept = drained.Keep(*bytes);
    if (!kept.ok()) return kept;
  }
  if (drained.count() == before) return Malformed("a useless data socket");
  return CheckIsEmpty(socket);
}

// What a packet with `sockets` attached stands for.
absl::Status DrainDataSockets(std::size_t packet_bytes,
                              std::vector<UniqueFd>& sockets,
                              Drained& drained) {
  if (packet_bytes != 1 || sockets.size() > kMaxCarrierSockets) {
    return Malformed("sockets in a carrier are packed wrongly");
  }
  for (UniqueFd& socket : sockets) {
    const UniqueFd taken = std::move(socket);  // closed once it is empty
    absl::Status status = DrainDataSocket(taken.Borrow(), drained);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status DrainNextPacket(BorrowedFd carrier, Drained& drained) {
  std::vector<UniqueFd> sockets;
  const absl::StatusOr<std::size_t> bytes =
      drained.TakePacket(carrier, sockets);
  if (!bytes.ok()) return bytes.status();
  if (*bytes == 0) return Malformed("a carrier holds too little");
  return sockets.empty() ? drained.Keep(*bytes)
                         : DrainDataSockets(*bytes, sockets, drained);
}

}  // namespace

int NewFilledCarrier(std::span<const std::byte> content,
                     SocketCarrier& carrier) {
  UniqueFd first;
  int error = FillSocket(content, first);
  if (error != 0) return error;
  if (content.empty()) {
    carrier.socket = std::move(first);
    return 0;
  }
  UniqueFd sending;
  UniqueFd receiving;
  error = NewRoomyPair(sending, receiving);
  if (error != 0) return error;
  Batch batch;
  batch.Add(std::move(first));
  do {
    error = batch.FillFrom(content);
    if (error != 0) return error;
    error = batch.MoveInto(sending.Borrow(), carrier.in_flight);
    if (error != 0) return error;
  } while (!content.empty());
  carrier.socket = std::move(receiving);
  return 0;
}

absl::StatusOr<Mapping> DrainCarrier(UniqueFd carrier, std::size_t size) {
  // recvmsg() of anything else could wait.
  if (!IsSeqpacketSocket(carrier.Borrow())) {
    return Malformed("its carrier is no socket");
  }
  absl::StatusOr<Mapping> memory =
      Mapping::Private(std::min(size, kMaxCarrierPacketBytes));
  if (!memory.ok()) return absl::ResourceExhaustedError("out of memory");
  Drained drained(*std::move(memory), size);
  while (!drained.is_whole()) {
    absl::Status status = DrainNextPacket(carrier.Borrow(), drained);
    if (!status.ok()) return status;
  }
  absl::Status empty = CheckIsEmpty(carrier.Borrow());
  if (!empty.ok()) return empty;
  return std::move(drained).TakeMemory();
}

}  // namespace ipc_channel::transport::unix_backend
