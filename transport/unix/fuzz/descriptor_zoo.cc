#include "ipc_channel/transport/unix/fuzz/descriptor_zoo.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/testing/fuzz/require.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::FuzzInput;

constexpr int kDeepest = 4;

// Numbers that linux/fcntl.h and linux/memfd.h do not have everywhere.
constexpr int kSealFutureWrite = 0x0010;
constexpr unsigned kNoExecSeal = 0x0008;

constexpr std::array<std::size_t, 8> kPacketSizes = {kMinCarrierPacketBytes,
                                                     kMinCarrierPacketBytes - 1,
                                                     kMaxCarrierPacketBytes,
                                                     kMaxCarrierPacketBytes + 1,
                                                     4096,
                                                     1,
                                                     2,
                                                     0};

std::span<const std::byte> Filler(std::size_t size) {
  static const std::vector<std::byte> filler(kMaxCarrierPacketBytes + 1,
                                             std::byte{'f'});
  return std::span(filler).first(size);
}

bool StaysOpen(std::uint8_t how_many) { return how_many >= 0x80; }

bool Send(BorrowedFd socket, const DescriptorZoo::Packet& packet) {
  // sendmsg only reads; iovec's type serves both directions.
  const iovec part = {.iov_base = const_cast<std::byte*>(packet.bytes.data()),
                      .iov_len = packet.bytes.size()};
  return SendPacket(socket, {&part, 1}, packet.descriptors) == 0;
}

}  // namespace

BorrowedFd DescriptorZoo::Keep(UniqueFd descriptor) {
  kept_.push_back(std::move(descriptor));
  return kept_.back().Borrow();
}

BorrowedFd DescriptorZoo::Keep(int descriptor) {
  IPC_CHANNEL_REQUIRE(descriptor >= 0);
  return Keep(UniqueFd(descriptor));
}

DescriptorZoo::Animal DescriptorZoo::Make(FuzzInput& input) {
  const std::uint8_t kind = input.U8();
  const std::size_t which = kind >> 4;
  if (IsFull() || depth_ >= kDeepest) return MakeFile(0);
  ++depth_;
  Animal animal;
  switch (kind & 7) {
    case 0:
      animal = MakeFile(which);
      break;
    case 1:
      animal = MakeSocket(which, input.U8());
      break;
    case 2:
    case 3:
      animal = MakeMemory(input);
      break;
    case 4:
      animal = MakeReceiver(input);
      break;
    case 5:
      animal = MakeCarrier(input);
      break;
    case 6:
      animal = MakeDataSocket(input);
      break;
    default:  // the same again
      animal = {.descriptor = kept_.empty()
                                  ? own_end_
                                  : kept_[which % kept_.size()].Borrow()};
  }
  --depth_;
  return animal;
}

DescriptorZoo::Animal DescriptorZoo::MakeFile(std::size_t which) {
  int ends[2] = {-1, -1};
  switch (which % 6) {
    case 0:
      return {Keep(::open("/dev/null", O_RDWR | O_CLOEXEC))};
    case 1:
      return {Keep(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC))};
    case 2:
      return {Keep(::eventfd(1, EFD_CLOEXEC))};
    case 3:
      return {Keep(::epoll_create1(EPOLL_CLOEXEC))};
    case 4:
      return {Keep(::open("/", O_PATH | O_CLOEXEC))};
    default:
      IPC_CHANNEL_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
      Keep(ends[0]);
      return {Keep(ends[1])};
  }
}

DescriptorZoo::Animal DescriptorZoo::MakeSocket(std::size_t which,
                                                std::uint8_t of_type) {
  constexpr std::array<int, 3> kTypes = {SOCK_SEQPACKET, SOCK_STREAM,
                                         SOCK_DGRAM};
  const int type = kTypes[of_type % kTypes.size()] | SOCK_CLOEXEC;
  int pair[2] = {-1, -1};
  switch (which % 7) {
    case 0:  // whose peer is gone
      IPC_CHANNEL_REQUIRE(::socketpair(AF_UNIX, type, 0, pair) == 0);
      ::close(pair[1]);
      return {Keep(pair[0])};
    case 1:  // never connected
      return {Keep(::socket(AF_UNIX, type, 0))};
    case 2: {  // listening
      const BorrowedFd socket = Keep(::socket(AF_UNIX, type, 0));
      const sockaddr any = {.sa_family = AF_UNIX, .sa_data = {}};
      ::bind(socket.get(), &any, sizeof(any.sa_family));  // a name of its own
      ::listen(socket.get(), 1);
      return {socket};
    }
    case 3:
      return {own_end_};
    case 4:  // shut
      IPC_CHANNEL_REQUIRE(::socketpair(AF_UNIX, type, 0, pair) == 0);
      ::shutdown(pair[0], SHUT_RDWR);
      Keep(pair[1]);
      return {Keep(pair[0])};
    case 5:
      return {Keep(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    default:
      IPC_CHANNEL_REQUIRE(::socketpair(AF_UNIX, type, 0, pair) == 0);
      Keep(pair[1]);
      return {Keep(pair[0])};
  }
}

DescriptorZoo::Animal DescriptorZoo::MakeMemory(FuzzInput& input) {
  constexpr std::array<std::size_t, 8> kSizes = {1,     4095, 4096, 4097,
                                                 20000, 0,    8192, 262144};
  constexpr int kFixed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  constexpr std::array<int, 4> kSeals = {kFixed | F_SEAL_WRITE,
                                         kFixed | kSealFutureWrite, kFixed, 0};
  const std::uint8_t how = input.U8();
  const std::size_t size = kSizes[how & 7];
  int seals = kSeals[(how >> 3) & 3];
  if ((how & 0x20) != 0) seals ^= input.U8();
  const unsigned flags = (how & 0x40) != 0 ? kNoExecSeal : MFD_ALLOW_SEALING;
  int fd = ::memfd_create("fuzzed", MFD_CLOEXEC | flags);
  if (fd < 0) fd = ::memfd_create("fuzzed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const BorrowedFd object = Keep(fd);
  IPC_CHANNEL_REQUIRE(::ftruncate(fd, static_cast<off_t>(size)) == 0);
  const bool is_sparse = (how & 0x80) != 0;
  if (!is_sparse && size > 0) {
    IPC_CHANNEL_REQUIRE(::posix_fallocate(fd, 0, static_cast<off_t>(size)) ==
                        0);
  }
  // What cannot be sealed stays as it is: that is one more kind.
  ::fcntl(fd, F_ADD_SEALS, seals);
  return {object, size};
}

BorrowedFd DescriptorZoo::SocketWith(std::span<const Packet> packets,
                                     bool stays_open) {
  UniqueFd sending;
  UniqueFd receiving;
  IPC_CHANNEL_REQUIRE(NewPacketPair(sending, receiving) == 0);
  AskForLargestSendBuffer(sending.Borrow());
  for (const Packet& packet : packets) {
    if (!Send(sending.Borrow(), packet)) break;
  }
  if (stays_open) Keep(std::move(sending));
  return Keep(std::move(receiving));
}

// A receiver with queued packets, which are the input's or well-formed.
DescriptorZoo::Animal DescriptorZoo::MakeReceiver(FuzzInput& input) {
  std::vector<std::vector<std::byte>> bytes;
  std::vector<Packet> packets;
  const std::uint8_t how = input.U8();
  for (std::size_t left = how % 4; left > 0; --left) {
    std::vector<std::byte>& packet = bytes.emplace_back(kPacketHeaderBytes);
    PacketHeader header;
    header.handle_count = static_cast<std::uint32_t>(input.Below(3));
    const auto payload = input.Bytes(input.Below(32));
    header.payload_bytes = payload.size();
    EncodeHeader(header, std::span(packet).first<kPacketHeaderBytes>());
    Packet& made = packets.emplace_back();
    for (std::uint32_t i = 0; i < header.handle_count; ++i) {
      const Animal animal = Make(input);
      const auto entry = input.Bytes(kHandleEntryBytes);
      packet.insert(packet.end(), entry.begin(), entry.end());
      made.descriptors.push_back(animal.descriptor);
    }
    packet.insert(packet.end(), payload.begin(), payload.end());
  }
  for (std::size_t i = 0; i < packets.size(); ++i) packets[i].bytes = bytes[i];
  return {SocketWith(packets, StaysOpen(how))};
}

// A carrier, well-formed or not.
DescriptorZoo::Animal DescriptorZoo::MakeCarrier(FuzzInput& input) {
  std::vector<Packet> packets;
  std::uint64_t content = 0;
  const std::uint8_t how_many = input.U8();
  for (std::size_t left = how_many % 5; left > 0; --left) {
    const std::uint8_t how = input.U8();
    Packet& packet = packets.emplace_back();
    const std::size_t sockets = (how >> 3) % (kMaxCarrierSockets + 2);
    for (std::size_t i = 0; i < sockets; ++i) {
      const Animal animal = Make(input);
      packet.descriptors.push_back(animal.descriptor);
      content += animal.content_bytes;
    }
    packet.bytes =
        Filler(sockets > 0 && (how & 4) == 0 ? 1 : kPacketSizes[how & 7]);
    if (sockets == 0) content += packet.bytes.size();
  }
  return {SocketWith(packets, StaysOpen(how_many)), content};
}

DescriptorZoo::Animal DescriptorZoo::MakeDataSocket(FuzzInput& input) {
  std::vector<Packet> packets;
  std::uint64_t content = 0;
  const std::uint8_t how_many = input.U8();
  for (std::size_t left = how_many % 4; left > 0; --left) {
    Packet& packet = packets.emplace_back();
    packet.bytes = Filler(kPacketSizes[input.Below(kPacketSizes.size())]);
    content += packet.bytes.size();
  }
  return {SocketWith(packets, StaysOpen(how_many)), content};
}

}  // namespace ipc_channel::transport::unix_backend
