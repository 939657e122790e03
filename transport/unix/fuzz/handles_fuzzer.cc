// Whole packets with any entries and real descriptors of many kinds, received
// by a real receiver: each is a message or DATA_LOSS, no descriptor stays open,
// and the channel goes on. What was received is used.

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/testing/fuzz/fuzz_target.h"
#include "ipc_channel/testing/fuzz/require.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/fuzz/descriptor_zoo.h"
#include "ipc_channel/transport/unix/little_endian.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/socket_io.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::FuzzInput;

// So that no limit of descriptors is near.
constexpr std::size_t kMostHandles = 600;
constexpr int kDeepest = 3;
constexpr std::size_t kPage = 4096;

using Packet = std::vector<std::byte>;

bool Send(BorrowedFd socket, std::span<const std::byte> bytes,
          std::span<const BorrowedFd> descriptors) {
  // sendmsg only reads; iovec's type serves both directions.
  const iovec part = {.iov_base = const_cast<std::byte*>(bytes.data()),
                      .iov_len = bytes.size()};
  return SendPacket(socket, {&part, 1}, descriptors) == 0;
}

// A packet and its descriptors, as the input wants them.
class Composer {
 public:
  Composer(FuzzInput& input, DescriptorZoo& zoo) : input_(input), zoo_(zoo) {}

  void Compose();
  void Corrupt();
  // That `message` has as much as the packet claims.
  void RequireIsWhole(const Message& message) const {
    IPC_CHANNEL_REQUIRE(message.handles().size() ==
                        LoadLittleEndian<std::uint32_t>(&packet_[4]));
    IPC_CHANNEL_REQUIRE(message.payload().size() ==
                        LoadLittleEndian<std::uint64_t>(&packet_[8]));
  }
  bool SendTo(BorrowedFd socket) const {
    return Send(
        socket, packet_,
        std::span(descriptors_)
            .first(std::min(descriptors_.size(), kMaxPacketDescriptors)));
  }

 private:
  // An entry as the wire has it, and what is attached for it.
  struct Handle {
    std::array<std::byte, kHandleEntryBytes> entry = {};
    BorrowedFd descriptor;
  };

  std::uint64_t Size(std::uint64_t real);
  void AddHandles();
  void AddHelper(std::span<const Handle> handles);
  void AddEntries(std::span<const Handle> handles, Packet& packet,
                  std::vector<BorrowedFd>& descriptors) const;

  FuzzInput& input_;
  DescriptorZoo& zoo_;
  std::vector<Handle> handles_;
  Packet packet_ = Packet(kPacketHeaderBytes);
  std::vector<BorrowedFd> descriptors_;
};

// A size for what really has `real` bytes.
std::uint64_t Composer::Size(std::uint64_t real) {
  switch (input_.Below(8)) {
    case 5:
      return 0;
    case 6:
      return real + (input_.U8() & 1) * 2 - 1;
    case 7:
      return input_.U64();
    default:
      return real;
  }
}

void Composer::AddHandles() {
  const std::uint8_t how = input_.U8();
  HandleEntry entry;
  entry.kind = static_cast<HandleKind>(how & 7);
  entry.memory_in_carrier = (how & 8) != 0;
  const DescriptorZoo::Animal animal = zoo_.Make(input_);
  if (entry.kind == HandleKind::kSender) {
    entry.sender_hint = input_.U64();
  } else if (IsMemory(entry.kind)) {
    entry.memory_bytes = Size(animal.content_bytes);
  }
  Handle handle;
  EncodeEntry(entry, handle.entry);
  const bool is_attached = entry.has_descriptor() != ((how & 0x10) != 0);
  if (is_attached) handle.descriptor = animal.descriptor;
  const std::size_t times = (how & 0x80) != 0 ? 1 + 2 * input_.U8() : 1;
  handles_.insert(handles_.end(),
                  std::min(times, kMostHandles - handles_.size()), handle);
}

void Composer::AddEntries(std::span<const Handle> handles, Packet& packet,
                          std::vector<BorrowedFd>& descriptors) const {
  for (const Handle& handle : handles) {
    packet.insert(packet.end(), handle.entry.begin(), handle.entry.end());
    if (handle.descriptor.valid()) descriptors.push_back(handle.descriptor);
  }
}

// In packets of as many as are due, unless the input wants fewer in each, or
// one packet less.
void Composer::AddHelper(std::span<const Handle> handles) {
  const std::uint8_t how = input_.U8();
  const std::size_t less = how % 4 == 3 ? input_.U8() : 0;
  const std::size_t each = std::max<std::size_t>(1, kMaxPacketHandles - less);
  std::vector<Packet> bytes;
  std::vector<DescriptorZoo::Packet> packets;
  for (; !handles.empty();
       handles = handles.subspan(std::min(each, handles.size()))) {
    AddEntries(handles.first(std::min(each, handles.size())),
               bytes.emplace_back(), packets.emplace_back().descriptors);
  }
  for (std::size_t i = 0; i < packets.size(); ++i) packets[i].bytes = bytes[i];
  if ((how & 0x40) != 0 && !packets.empty()) packets.pop_back();
  descriptors_.push_back(zoo_.SocketWith(packets, (how & 0x20) != 0));
}

void Composer::Compose() {
  const std::uint8_t how = input_.U8();
  for (std::size_t left = (how >> 2) & 7; left > 0; --left) AddHandles();
  PacketHeader header;
  header.handle_count = static_cast<std::uint32_t>(handles_.size());
  header.handles_in_helper =
      (handles_.size() > kMaxPacketHandles) != ((how & 0x80) != 0);
  if (header.handles_in_helper) {
    AddHelper(handles_);
  } else {
    AddEntries(handles_, packet_, descriptors_);
  }
  header.payload_in_object = (how & 1) != 0;
  header.payload_in_carrier = (how & 2) != 0;
  if (header.payload_is_attached()) {
    const DescriptorZoo::Animal animal = zoo_.Make(input_);
    header.payload_bytes = Size(animal.content_bytes);
    descriptors_.push_back(animal.descriptor);
  } else {
    const auto payload = input_.Bytes(input_.Below(64));
    packet_.insert(packet_.end(), payload.begin(), payload.end());
    header.payload_bytes = Size(payload.size());
  }
  EncodeHeader(header, std::span(packet_).first<kPacketHeaderBytes>());
}

// Changes what the input says on the wire.
void Composer::Corrupt() {
  for (std::size_t left = input_.Below(8) / 5; left > 0; --left) {
    const std::size_t at = input_.U16() % packet_.size();
    packet_[at] ^= static_cast<std::byte>(input_.U8());
  }
  if (input_.Below(8) == 7) packet_.resize(input_.U16() % packet_.size());
}

void UseHandles(Message& message, int depth);

// Uses what came; what any of the operations says is the peer's doing.
struct Use {
  int depth = 0;

  void operator()(std::monostate) const {
    IPC_CHANNEL_REQUIRE_OR_SAY(false, "an empty handle came");
  }
  void operator()(Sender& sender) const {
    IPC_CHANNEL_REQUIRE(sender.valid());
    const std::array<std::byte, 3> bytes = {};
    sender.Send(bytes, absl::InfinitePast()).IgnoreError();
  }
  void operator()(Receiver& receiver) const {
    IPC_CHANNEL_REQUIRE(receiver.valid());
    if (depth >= kDeepest) return;
    Message message;
    for (int left = 8; left > 0; --left) {
      const absl::StatusOr<bool> received = receiver.TryReceive(message);
      if (received.ok() && !*received) break;
      if (received.ok()) UseHandles(message, depth + 1);
    }
  }
  void operator()(SharedMemory& memory) const { Read(memory.bytes()); }
  void operator()(MutableMemory& memory) const {
    Read(memory.bytes());
    const std::span<std::byte> bytes = memory.bytes();
    for (std::size_t at = 0; at < bytes.size(); at += kPage) {
      bytes[at] = std::byte{1};
    }
  }
  void operator()(ReadOnlyMemory& memory) const { Read(memory.bytes()); }
  void operator()(UniqueFd& descriptor) const {
    IPC_CHANNEL_REQUIRE((::fcntl(descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }

  // All that could be missing is pages.
  static void Read(std::span<const std::byte> bytes) {
    std::byte all = bytes.empty() ? std::byte{} : bytes.back();
    for (std::size_t at = 0; at < bytes.size(); at += kPage) all |= bytes[at];
    [[maybe_unused]] volatile std::byte sink = all;
  }
};

void UseHandles(Message& message, int depth) {
  Use::Read(message.payload());
  for (Handle& handle : message.handles()) std::visit(Use{depth}, handle);
}

void Drain(Receiver& receiver, Message& message) {
  while (true) {
    const absl::StatusOr<bool> received = receiver.TryReceive(message);
    if (!received.ok() || !*received) return;
  }
}

// Sends what the input says, and receives it.
void ReceiveComposed(FuzzInput& input, BorrowedFd peer, Receiver& receiver) {
  DescriptorZoo zoo(peer);
  Composer composer(input, zoo);
  composer.Compose();
  composer.Corrupt();
  if (!composer.SendTo(peer)) return;
  Message message;
  const absl::StatusOr<bool> received = receiver.TryReceive(message);
  if (received.ok()) {
    IPC_CHANNEL_REQUIRE(*received);
    composer.RequireIsWhole(message);
    UseHandles(message, 0);
  } else {
    IPC_CHANNEL_REQUIRE_OR_SAY(absl::IsDataLoss(received.status()),
                               received.status().ToString());
    IPC_CHANNEL_REQUIRE(message.payload().empty());
    IPC_CHANNEL_REQUIRE(message.handles().empty());
  }
  message.Clear();
  // The peer's own end may have come as a sender, and been used.
  Drain(receiver, message);
}

void RequireGoodMessageArrives(BorrowedFd peer, Receiver& receiver) {
  Packet packet(kPacketHeaderBytes + 1);
  EncodeHeader({.payload_bytes = 1},
               std::span(packet).first<kPacketHeaderBytes>());
  IPC_CHANNEL_REQUIRE(Send(peer, packet, {}));
  Message message;
  const absl::StatusOr<bool> received = receiver.TryReceive(message);
  IPC_CHANNEL_REQUIRE_OR_SAY(received.ok(), received.status().ToString());
  IPC_CHANNEL_REQUIRE(*received && message.payload().size() == 1);
}

void Check(FuzzInput input) {
  UniqueFd peer;
  UniqueFd socket;
  IPC_CHANNEL_REQUIRE(NewPacketPair(peer, socket) == 0);
  absl::StatusOr<Receiver> receiver = AdoptUnixReceiver(std::move(socket));
  IPC_CHANNEL_REQUIRE(receiver.ok());
  const FdLeakCheck before;
  ReceiveComposed(input, peer.Borrow(), *receiver);
  const auto no_leak = before.NoLeak();
  IPC_CHANNEL_REQUIRE_OR_SAY(no_leak, no_leak.message());
  RequireGoodMessageArrives(peer.Borrow(), *receiver);
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  ipc_channel::transport::unix_backend::Check({data, size});
  return 0;
}
