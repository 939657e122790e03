#include "ipc_channel/transport/unix/socket_carrier.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/mapping.h"
#include "ipc_channel/transport/unix/packet.h"
#include "ipc_channel/transport/unix/raw_peer.h"
#include "ipc_channel/transport/unix/socket_io.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;

using Packet = std::vector<std::byte>;

class SocketCarrierTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

TEST_F(SocketCarrierTest, ContentComesOutAsItWentIn) {
  for (const std::size_t size :
       {1, 1'023, 65'536, 65'537, 1'000'000, 20'000'001}) {
    SCOPED_TRACE(size);
    SocketCarrier carrier;
    ASSERT_EQ(NewFilledCarrier(Pattern(size), carrier), 0);
    ASSERT_OK_AND_ASSIGN(const Mapping content,
                         DrainCarrier(std::move(carrier.socket), size));
    EXPECT_TRUE(std::ranges::equal(content.bytes(), Pattern(size)));
  }
}

TEST_F(SocketCarrierTest, SmallContentTakesOneSocketAndNothingInFlight) {
  SocketCarrier carrier;
  ASSERT_EQ(NewFilledCarrier(Pattern(100'000), carrier), 0);
  EXPECT_EQ(carrier.in_flight, 0u);
}

TEST_F(SocketCarrierTest, OtherSizesThanDeclaredAreMalformed) {
  for (const std::size_t size : {100'000, 20'000'000}) {
    for (const std::size_t declared :
         {size - 1, size + 1, size / 2, 2 * size, kDefaultMaxMessageBytes}) {
      SCOPED_TRACE(declared);
      SocketCarrier carrier;
      ASSERT_EQ(NewFilledCarrier(Pattern(size), carrier), 0);
      EXPECT_THAT(DrainCarrier(std::move(carrier.socket), declared),
                  StatusIs(absl::StatusCode::kDataLoss));
    }
  }
}

TEST_F(SocketCarrierTest, FillingAtTheDescriptorLimitFails) {
  const std::vector<std::byte> content = Pattern(20'000'000);
  for (int room = 0; room < 4; ++room) {
    SocketCarrier carrier;
    const int error = [&] {
      const ScopedDescriptorLimit limit(room);
      return NewFilledCarrier(content, carrier);
    }();
    EXPECT_EQ(error, EMFILE);
    EXPECT_FALSE(carrier.socket.valid());
  }
}

TEST_F(SocketCarrierTest, DrainingAtTheDescriptorLimitIsExhaustion) {
  for (int room = 0; room < 2; ++room) {
    SocketCarrier carrier;
    ASSERT_EQ(NewFilledCarrier(Pattern(20'000'000), carrier), 0);
    ASSERT_GT(carrier.in_flight, 1u);
    const absl::Status status = [&] {
      const ScopedDescriptorLimit limit(room);
      return DrainCarrier(std::move(carrier.socket), 20'000'000).status();
    }();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  }
}

// A carrier as a peer may make it, of kSize bytes.
class HostileCarrierTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  struct Pair {
    UniqueFd filling;
    UniqueFd end;
  };

  static constexpr std::uint64_t kSize = 100'000;
  static constexpr int kInObject = 1;
  static constexpr int kInCarrier = 4;
  static constexpr std::uint32_t kSharedMemory = 3;

  static Pair NewPair() {
    Pair pair;
    EXPECT_EQ(NewPacketPair(pair.filling, pair.end), 0);
    return pair;
  }

  // A data socket with `count` packets of `bytes` bytes.
  static UniqueFd DataSocket(std::size_t bytes, int count = 1) {
    Pair pair = NewPair();
    for (int i = 0; i < count; ++i) RawSend(pair.filling, Packet(bytes), {});
    return std::move(pair.end);
  }

  void Put(std::size_t bytes) { RawSend(carrier_.filling, Packet(bytes), {}); }
  void PutSockets(const std::vector<int>& sockets, std::size_t bytes = 1) {
    RawSend(carrier_.filling, Packet(bytes), sockets);
  }

  void ExpectMalformed(std::uint64_t size = kSize) {
    peer_.ExpectMalformed(RawHeader(0, size, kInCarrier), {carrier_.end.get()});
    carrier_ = NewPair();
  }
  void ExpectGood() {
    peer_.Send(RawHeader(0, kSize, kInCarrier), {carrier_.end.get()});
    Message message;
    ASSERT_OK(peer_.receiver().Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Packet(kSize)));
    carrier_ = NewPair();
  }

  Pair carrier_ = NewPair();
  RawPeer peer_;
};

TEST_F(HostileCarrierTest, AsDocumented) {
  Put(65'536);
  Put(kSize - 65'536);
  ExpectGood();
  const UniqueFd one = DataSocket(30'000, 2);
  const UniqueFd two = DataSocket(kSize - 60'000);
  PutSockets({one.get(), two.get()});
  ExpectGood();
}

TEST_F(HostileCarrierTest, SharedMemoryAsDocumented) {
  Put(65'536);
  Put(kSize - 65'536);
  peer_.Send(RawHeader(1, 0) + RawEntry(kSharedMemory, kSize, 1),
             {carrier_.end.get()});
  Message message;
  ASSERT_OK(peer_.receiver().Receive(message, Soon()));
  EXPECT_EQ(Take<SharedMemory>(message, 0).bytes().size(), kSize);
}

// Memory that a receiver got cannot be written to, not even by itself: read()
// into it says so where a store would end the process.
TEST_F(HostileCarrierTest, ReceivedBytesAreReadOnly) {
  Put(50'000);
  Put(50'000);
  peer_.Send(RawHeader(0, kSize, kInCarrier), {carrier_.end.get()});
  Message message;
  ASSERT_OK(peer_.receiver().Receive(message, Soon()));
  const UniqueFd zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(
      ::read(zeros.get(), const_cast<std::byte*>(message.payload().data()), 1),
      -1);
  EXPECT_EQ(errno, EFAULT);
}

TEST_F(HostileCarrierTest, Empty) {
  ExpectMalformed();
  carrier_.filling.Reset();
  ExpectMalformed();
}

TEST_F(HostileCarrierTest, TooShort) {
  Put(kSize - 1);
  ExpectMalformed();
  const UniqueFd data = DataSocket(kSize - 1);
  PutSockets({data.get()});
  ExpectMalformed();
}

TEST_F(HostileCarrierTest, TooLong) {
  Put(65'536);
  Put(kSize - 65'536 + 1);
  ExpectMalformed();
  Put(65'536);
  Put(kSize - 65'536);
  Put(1);
  ExpectMalformed();
  const UniqueFd long_one = DataSocket(kSize / 2, 3);
  PutSockets({long_one.get()});
  ExpectMalformed();
  const UniqueFd right_one = DataSocket(kSize / 2, 2);
  const UniqueFd another = DataSocket(10);
  PutSockets({right_one.get(), another.get()});
  ExpectMalformed();
}

TEST_F(HostileCarrierTest, TooLongAPacket) {
  Put(65'537);
  Put(kSize - 65'537);
  ExpectMalformed();
}

TEST_F(HostileCarrierTest, CrumbsAreRefused) {
  Put(kMinCarrierPacketBytes - 1);
  Put(65'536);
  Put(kSize - 65'536 - kMinCarrierPacketBytes + 1);
  ExpectMalformed();
  const UniqueFd crumbs = DataSocket(1, 10);
  PutSockets({crumbs.get()});
  ExpectMalformed(10);
}

TEST_F(HostileCarrierTest, UselessDataSockets) {
  const UniqueFd empty = DataSocket(0, 0);
  const UniqueFd no_bytes = DataSocket(0, 3);
  const UniqueFd all = DataSocket(kSize / 2, 2);
  PutSockets({empty.get(), all.get()});
  ExpectMalformed();
  PutSockets({no_bytes.get(), all.get()});
  ExpectMalformed();
  PutSockets({DataSocket(kSize / 2, 2).get(), empty.get()});
  ExpectMalformed();
}

TEST_F(HostileCarrierTest, WronglyPackedSockets) {
  const UniqueFd data = DataSocket(kSize / 2, 2);
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{2}, std::size_t{2'000}, kSize / 2}) {
    PutSockets({data.get()}, bytes);
    ExpectMalformed();
  }
  std::vector<UniqueFd> sockets;
  std::vector<int> numbers;
  for (std::size_t i = 0; i <= kMaxCarrierSockets; ++i) {
    sockets.push_back(DataSocket(2'000));
    numbers.push_back(sockets.back().get());
  }
  PutSockets(numbers);
  ExpectMalformed(2'000 * numbers.size());
}

TEST_F(HostileCarrierTest, NestedDeeper) {
  const UniqueFd data = DataSocket(kSize / 2, 2);
  const Pair middle = NewPair();
  RawSend(middle.filling, Packet(1), {data.get()});
  PutSockets({middle.end.get()});
  ExpectMalformed();
  // With sockets in a packet that would do as the last.
  const Pair last = NewPair();
  RawSend(last.filling, Packet(1), {data.get()});
  PutSockets({last.end.get()});
  ExpectMalformed(1);
}

TEST_F(HostileCarrierTest, CarrierThatCarriesItself) {
  PutSockets({carrier_.end.get()});
  PutSockets({carrier_.end.get()});
  ExpectMalformed();
  PutSockets({peer_.socket().get()});
  ExpectMalformed();
}

TEST_F(HostileCarrierTest, WhatIsNoSocketToDrain) {
  const Pipe pipe = NewPipe();
  const UniqueFd file(::open("/dev/zero", O_RDWR | O_CLOEXEC));
  const UniqueFd memory(::memfd_create("test", MFD_CLOEXEC));
  const UniqueFd stream(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const UniqueFd datagrams(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const UniqueFd unconnected(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const UniqueFd path_only(::open("/", O_PATH | O_CLOEXEC));
  for (const int fd :
       {file.get(), memory.get(), pipe.read_end.get(), pipe.write_end.get(),
        stream.get(), datagrams.get(), unconnected.get(), path_only.get()}) {
    peer_.ExpectMalformed(RawHeader(0, kSize, kInCarrier), {fd});
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kSharedMemory, kSize, 1),
                          {fd});
    PutSockets({fd});
    ExpectMalformed();
  }
}

TEST_F(HostileCarrierTest, WhereNoneIsDueOrMissing) {
  Put(50'000);
  Put(50'000);
  const int fd = carrier_.end.get();
  peer_.ExpectMalformed(RawHeader(0, kSize, kInCarrier));
  peer_.ExpectMalformed(RawHeader(0, kSize, kInCarrier), {fd, fd});
  peer_.ExpectMalformed(RawHeader(0, kSize, kInCarrier | kInObject), {fd});
  peer_.ExpectMalformed(RawHeader(0, kSize, kInObject), {fd});
  peer_.ExpectMalformed(RawHeader(0, 0, kInCarrier), {fd});
  peer_.ExpectMalformed(RawHeader(0, kDefaultMaxMessageBytes + 1, kInCarrier),
                        {fd});
  for (const std::uint32_t kind : {1u, 2u, 4u}) {
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kind, 0, 1), {fd});
  }
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{kDefaultMaxMessageBytes} + 1,
        ~std::uint64_t{0}}) {
    peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kSharedMemory, size, 1),
                          {fd});
  }
  peer_.ExpectMalformed(RawHeader(1, 0) + RawEntry(kSharedMemory, kSize, 2),
                        {fd});
}

TEST_F(HostileCarrierTest, ClosedWithPacketsUnread) {
  ASSERT_EQ(::send(carrier_.end.get(), "back", 4, MSG_DONTWAIT), 4);
  Put(1'000);
  carrier_.filling.Reset();
  ExpectMalformed();
}

std::int64_t MostMemoryEver() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

TEST_F(HostileCarrierTest, ClaimOfAGigabyteCostsNoMemory) {
  const std::int64_t before = MostMemoryEver();
  for (int i = 0; i < 20; ++i) {
    ExpectMalformed(kDefaultMaxMessageBytes);
    Put(65'536);
    Put(65'536);
    ExpectMalformed(kDefaultMaxMessageBytes);
    const UniqueFd data = DataSocket(50'000, 2);
    PutSockets({data.get()});
    ExpectMalformed(kDefaultMaxMessageBytes);
    Put(65'536);
    peer_.ExpectMalformed(
        RawHeader(1, 0) + RawEntry(kSharedMemory, kDefaultMaxMessageBytes, 1),
        {carrier_.end.get()});
  }
  EXPECT_LT(MostMemoryEver() - before,
            std::int64_t{kDefaultMaxMessageBytes} / 8);
}

TEST_F(HostileCarrierTest, AtTheDescriptorLimitOnlyTheFirstMessageIsLost) {
  Message message;
  const auto receive = [&](int room) {
    const ScopedDescriptorLimit limit(room);
    return peer_.receiver().Receive(message, Soon());
  };
  peer_.ExpectGoodMessageArrives();  // UBSan meets all classes
  // What is more than the limit altogether is not waited for.
  std::vector<UniqueFd> others(50);
  for (UniqueFd& other : others) other = DataSocket(1);
  bool is_first = true;
  for (const int room : {1, 1, 16}) {
    const UniqueFd data = DataSocket(kSize / 2, 2);
    PutSockets({data.get(), DataSocket(1).get()});
    peer_.Send(RawHeader(0, kSize + 1, kInCarrier), {carrier_.end.get()});
    carrier_ = NewPair();
    EXPECT_THAT(receive(room), StatusIs(absl::StatusCode::kResourceExhausted));
    if (std::exchange(is_first, false)) continue;  // lost
    ASSERT_OK(receive(17));
    EXPECT_TRUE(Holds(message, Packet(kSize + 1)));
    message.Clear();
  }
  peer_.ExpectGoodMessageArrives();
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
