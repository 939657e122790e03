// One malformed packet each, in one process. //transport/unix/hostile attacks
// from another one, with bystanders.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/raw_peer.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

using Packet = std::vector<std::byte>;

constexpr std::uint32_t kSender = 1;
constexpr std::uint32_t kReceiver = 2;
constexpr std::uint32_t kMemory = 3;
constexpr std::uint32_t kDescriptor = 4;
constexpr std::uint32_t kMutable = 5;
constexpr std::uint32_t kReadOnly = 6;
constexpr int kInObject = 1;

class MalformedPacketTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  // A descriptor of some kind to attach.
  const UniqueFd some_fd_{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  RawPeer peer_;
};

TEST_F(MalformedPacketTest, ShortPackets) {
  const Packet whole = RawHeader(0, 0);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const Packet packet(whole.begin(), whole.begin() + size);
    peer_.ExpectMalformed(packet);
    peer_.ExpectMalformed(packet, {some_fd_.get()});
  }
}

TEST_F(MalformedPacketTest, WrongMagicVersionOrFlags) {
  for (std::size_t at = 0; at < 4; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Packet packet = RawHeader(0, 0);
      packet[at] ^= static_cast<std::byte>(1 << bit);
      SCOPED_TRACE(::testing::Message() << "bit " << bit << " of byte " << at);
      peer_.ExpectMalformed(packet);
    }
  }
}

TEST_F(MalformedPacketTest, LyingLengths) {
  for (const std::uint64_t claim :
       {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{5},
        std::uint64_t{kDefaultMaxMessageBytes},
        std::uint64_t{kDefaultMaxMessageBytes} + 1, std::uint64_t{1} << 45,
        std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
    SCOPED_TRACE(claim);
    const Packet packet = RawHeader(0, claim) + Bytes("four");
    peer_.ExpectMalformed(packet);
    peer_.ExpectMalformed(packet, {some_fd_.get()});
  }
}

TEST_F(MalformedPacketTest, ClaimsOverTheReceiversOwnLimit) {
  peer_.receiver().SetMaxMessageBytes(1000);
  const UniqueFd object(::memfd_create("unsealed", MFD_CLOEXEC));
  for (const std::uint64_t claim :
       {std::uint64_t{1001}, std::uint64_t{100'000},
        std::uint64_t{kDefaultMaxMessageBytes}, ~std::uint64_t{0}}) {
    SCOPED_TRACE(claim);
    peer_.ExpectMalformed(RawHeader(0, claim, kInObject), {object.get()});
  }
  peer_.ExpectMalformed(RawHeader(0, 1001) + Pattern(1001));
}

TEST_F(MalformedPacketTest, WrongHandleCounts) {
  for (const std::uint32_t claim :
       {0u, 2u, 252u, 253u, 1024u, 1025u, 1u << 28, ~0u}) {
    SCOPED_TRACE(claim);
    peer_.ExpectMalformed(RawHeader(claim, 0) + RawEntry(kDescriptor),
                          {some_fd_.get()});
  }
}

TEST_F(MalformedPacketTest, MissingAndSuperfluousDescriptors) {
  const int fd = some_fd_.get();
  peer_.ExpectMalformed(RawHeader(0, 0), {fd});
  peer_.ExpectMalformed(RawHeader(0, 0), std::vector<int>(253, fd));
  peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kDescriptor));
  peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kDescriptor), {fd, fd});
  peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kDescriptor),
                        std::vector<int>(253, fd));
  for (const std::uint32_t kind : {kMemory, kMutable, kReadOnly}) {
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kind, 0), {fd});
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kind, 1));
  }
  peer_.ExpectMalformed(RawHeader(0, 100, kInObject));
  peer_.ExpectMalformed(RawHeader(0, 100, kInObject), {fd, fd});
}

TEST_F(MalformedPacketTest, UnknownKindsAndReservedBytes) {
  const int fd = some_fd_.get();
  for (const std::uint32_t kind : {0u, 7u, 255u, 0x10001u, ~0u}) {
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kind), {fd});
  }
  for (const std::uint32_t kind : {kReceiver, kDescriptor}) {
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kind, 1), {fd});
  }
  for (std::size_t at = 4; at < 8; ++at) {
    Packet entry = RawEntry(kDescriptor);
    entry[at] = std::byte{1};
    peer_.ExpectMalformed(RawHeader(1, 0) + entry, {fd});
  }
}

TEST_F(MalformedPacketTest, WhatIsNoSocketAsAnEndOfAChannel) {
  const Pipe pipe = NewPipe();
  const UniqueFd stream(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const UniqueFd datagrams(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const UniqueFd directory(::open("/", O_RDONLY | O_CLOEXEC));
  const UniqueFd path_only(::open("/", O_PATH | O_CLOEXEC));
  for (const std::uint32_t kind : {kSender, kReceiver}) {
    for (const int fd :
         {some_fd_.get(), pipe.read_end.get(), pipe.write_end.get(),
          stream.get(), datagrams.get(), directory.get(), path_only.get()}) {
      peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kind), {fd});
      // Behind good handles, which must close, too.
      peer_.ExpectMalformed(RawHeader(3, 2) + RawEntry(kDescriptor) +
                                RawEntry(kSender) + RawEntry(kind) +
                                Bytes("hi"),
                            {some_fd_.get(), peer_.socket().get(), fd});
    }
  }
}

TEST_F(MalformedPacketTest, WhatIsNoSealedObjectAsMemoryOrPayload) {
  const Pipe pipe = NewPipe();
  const UniqueFd directory(::open("/", O_RDONLY | O_CLOEXEC));
  const UniqueFd zeros(::open("/dev/zero", O_RDWR | O_CLOEXEC));
  const UniqueFd unsealed(::memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(unsealed.get(), 4'096), 0);
  for (const std::uint64_t size :
       {std::uint64_t{1}, std::uint64_t{4'096}, std::uint64_t{1} << 30}) {
    for (const int fd : {some_fd_.get(), pipe.read_end.get(), directory.get(),
                         zeros.get(), unsealed.get(), peer_.socket().get()}) {
      for (const std::uint32_t kind : {kMemory, kMutable, kReadOnly}) {
        peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kind, size), {fd});
      }
      peer_.ExpectMalformed(RawHeader(0, size, kInObject), {fd});
      peer_.ExpectMalformed(
          RawHeader(1, size, kInObject) + RawEntry(kDescriptor),
          {some_fd_.get(), fd});
    }
  }
}

// Objects that are fit for one kind, each sent as the others.
TEST_F(MalformedPacketTest, MemoryOfOneKindAsAnother) {
  constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  struct Fit {
    std::uint32_t kind;
    int seals;
  };
  for (const Fit fit :
       {Fit{kMemory, kSizeSeals | F_SEAL_WRITE}, Fit{kMutable, kSizeSeals},
        Fit{kReadOnly, kSizeSeals | F_SEAL_FUTURE_WRITE}}) {
    const UniqueFd object(
        ::memfd_create("test", MFD_ALLOW_SEALING | MFD_CLOEXEC));
    ASSERT_EQ(::pwrite(object.get(), "four", 4, 0), 4);
    ASSERT_EQ(::fcntl(object.get(), F_ADD_SEALS, fit.seals), 0);
    for (const std::uint32_t kind : {kMemory, kMutable, kReadOnly}) {
      const Packet packet = RawHeader(1, 0) + RawEntry(kind, 4);
      if (kind != fit.kind) {
        peer_.ExpectMalformed(packet, {object.get()});
        continue;
      }
      peer_.Send(packet, {object.get()});
      Message message;
      EXPECT_OK(peer_.receiver().Receive(message, Soon()));
      EXPECT_EQ(message.handles().size(), 1u);
    }
  }
}

TEST_F(MalformedPacketTest, HugeMutableMemoryClaims) {
  const UniqueFd sparse(
      ::memfd_create("test", MFD_ALLOW_SEALING | MFD_CLOEXEC));
  const std::uint64_t size = std::uint64_t{1} << 40;
  ASSERT_EQ(::ftruncate(sparse.get(), static_cast<off_t>(size)), 0);
  ASSERT_EQ(::fcntl(sparse.get(), F_ADD_SEALS,
                    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
            0);
  for (const std::uint64_t claim :
       {size, size - 1, std::uint64_t{kMaxMutableMemoryBytes},
        std::uint64_t{kMaxMutableMemoryBytes} + 1, ~std::uint64_t{0}}) {
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kMutable, claim),
                          {sparse.get()});
  }
}

TEST_F(MalformedPacketTest, HugeMemoryClaims) {
  const UniqueFd sparse(
      ::memfd_create("test", MFD_ALLOW_SEALING | MFD_CLOEXEC));
  const std::uint64_t size = std::uint64_t{1} << 40;
  ASSERT_EQ(::ftruncate(sparse.get(), static_cast<off_t>(size)), 0);
  ASSERT_EQ(::fcntl(sparse.get(), F_ADD_SEALS,
                    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
            0);
  for (const std::uint64_t claim : {size, size + 1, ~std::uint64_t{0}}) {
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kMemory, claim),
                          {sparse.get()});
    peer_.ExpectMalformed(RawHeader(0, claim, kInObject), {sparse.get()});
  }
}

TEST_F(MalformedPacketTest, PacketBeyondTheBuffer) {
  for (const std::size_t size :
       {kMaxPacketBytes + 1, std::size_t{80'000}, std::size_t{150'000}}) {
    const Packet packet = RawHeader(0, size) + Pattern(size);
    peer_.ExpectMalformed(packet);
    peer_.ExpectMalformed(packet, std::vector<int>(253, some_fd_.get()));
  }
}

TEST_F(MalformedPacketTest, EmptyPacketIsMalformedAndNotTheEnd) {
  peer_.ExpectMalformed({});
  peer_.ExpectMalformed({}, {some_fd_.get()});
}

TEST_F(MalformedPacketTest, EmptyPacketsBeforeAMessageHideNothing) {
  for (int i = 0; i < 3; ++i) peer_.Send({});
  peer_.Send({}, {some_fd_.get(), some_fd_.get()});
  Message message;
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(peer_.receiver().Receive(message, Soon()),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  peer_.ExpectGoodMessageArrives();
  peer_.Close();
  EXPECT_THAT(ReceiveText(peer_.receiver()),
              StatusIs(absl::StatusCode::kUnavailable));
}

// The peer is gone by the time its packets are read.
TEST_F(MalformedPacketTest, EmptyPacketsBeforeTheEndHideNoMessage) {
  for (int i = 0; i < 3; ++i) peer_.Send({}, {some_fd_.get()});
  peer_.Send(RawHeader(0, 4) + Bytes("good"));
  for (int i = 0; i < 3; ++i) peer_.Send({});
  peer_.Close();
  Message message;
  int good = 0;
  absl::Status status;
  for (int i = 0; i < 10; ++i) {
    status = peer_.receiver().Receive(message, Soon());
    if (status.ok()) ++good;
    if (absl::IsUnavailable(status)) break;
  }
  EXPECT_EQ(good, 1);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(MalformedPacketTest, PeerThatShutsItsSideAfterAMessage) {
  peer_.Send(RawHeader(0, 4) + Bytes("last"));
  ASSERT_EQ(::shutdown(peer_.socket().get(), SHUT_RDWR), 0);
  EXPECT_THAT(ReceiveText(peer_.receiver()), IsOkAndHolds("last"));
  EXPECT_THAT(ReceiveText(peer_.receiver()),
              StatusIs(absl::StatusCode::kUnavailable));
}

// Somebody who held the receiving end has written into it.
TEST_F(MalformedPacketTest, PacketsInTheBackDirectionHideNoMessage) {
  ASSERT_EQ(::send(peer_.receiver().lane()->descriptor().get(), "back", 4,
                   MSG_DONTWAIT),
            4);
  peer_.Send(RawHeader(0, 3) + Bytes("one"));
  peer_.Send(RawHeader(0, 3) + Bytes("two"));
  peer_.Close();
  EXPECT_THAT(ReceiveText(peer_.receiver()), IsOkAndHolds("one"));
  EXPECT_THAT(ReceiveText(peer_.receiver()), IsOkAndHolds("two"));
  EXPECT_THAT(ReceiveText(peer_.receiver()),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
