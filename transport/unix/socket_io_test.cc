#include "ipc_channel/transport/unix/socket_io.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsPipe;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pipe;

constexpr int kSoPassPidfd = 76;  // Linux 6.5

class SocketIoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    near_.Reset(pair[0]);
    far_.Reset(pair[1]);
  }

  int Send(std::string_view text, std::span<const BorrowedFd> fds = {}) {
    const iovec part = {.iov_base = const_cast<char*>(text.data()),
                        .iov_len = text.size()};
    return SendPacket(near_.Borrow(), {&part, 1}, fds);
  }

  ReceivedPacket Receive(std::size_t room = 100) {
    text_.assign(room, '?');
    const iovec part = {.iov_base = text_.data(), .iov_len = room};
    const ReceivedPacket packet =
        ReceivePacket(far_.Borrow(), {&part, 1}, Blocking::kNo, received_);
    text_.resize(std::min(room, packet.bytes));
    return packet;
  }

 private:
  ExpectNoFdLeak no_leak_;

 protected:
  UniqueFd near_;
  UniqueFd far_;
  std::string text_;
  std::vector<UniqueFd> received_;
};

TEST_F(SocketIoTest, PartsBecomeOnePacketAndAreScattered) {
  char sent[] = "abcdefg";
  const iovec out[] = {{sent, 2}, {nullptr, 0}, {sent + 2, 5}};
  ASSERT_EQ(SendPacket(near_.Borrow(), out, {}), 0);
  char first[3];
  char rest[10];
  const iovec in[] = {{first, sizeof(first)}, {rest, sizeof(rest)}};
  const ReceivedPacket packet =
      ReceivePacket(far_.Borrow(), in, Blocking::kYes, received_);
  EXPECT_EQ(packet.error, 0);
  EXPECT_EQ(packet.bytes, 7u);
  EXPECT_EQ(std::string(first, 3), "abc");
  EXPECT_EQ(std::string(rest, 4), "defg");
}

TEST_F(SocketIoTest, EmptySocketGivesEagain) {
  EXPECT_EQ(Receive().error, EAGAIN);
}

TEST_F(SocketIoTest, FullSocketGivesEagainAndSendsNothing) {
  int sent = 0;
  int error;
  while ((error = Send(std::to_string(sent))) == 0) ++sent;
  EXPECT_EQ(error, EAGAIN);
  for (int i = 0; i < sent; ++i) {
    ASSERT_EQ(Receive().error, 0);
    EXPECT_EQ(text_, std::to_string(i));
  }
  EXPECT_EQ(Receive().error, EAGAIN);
}

TEST_F(SocketIoTest, SendQueueIsFullExactlyWhenNothingCanBeSent) {
  for (const std::size_t size : {1, 3'000, 50'000}) {
    const std::string text(size, 'x');
    int error = 0;
    while (error == 0) {
      const bool is_full = IsSendQueueFull(near_.Borrow());
      error = Send(text);
      ASSERT_EQ(is_full, error == EAGAIN) << size;
    }
    while (Receive().error == 0) EXPECT_FALSE(IsSendQueueFull(near_.Borrow()));
  }
}

TEST_F(SocketIoTest, SendQueueIsNotFullOnceThePeerIsGone) {
  ASSERT_EQ(::shutdown(near_.get(), SHUT_RD), 0);
  while (Send("x") == 0) continue;
  EXPECT_TRUE(IsSendQueueFull(near_.Borrow()));
  ASSERT_EQ(::shutdown(far_.get(), SHUT_RD), 0);
  EXPECT_FALSE(IsSendQueueFull(near_.Borrow()));
  EXPECT_EQ(Send("x"), EPIPE);
  EXPECT_FALSE(IsSendQueueFull(BorrowedFd()));
}

TEST_F(SocketIoTest, ClosedPeerGivesEpipeAndNoSignal) {
  // Test runners leave it ignored.
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  far_.Reset();
  EXPECT_EQ(Send("x"), EPIPE);
  std::signal(SIGPIPE, before);
}

TEST_F(SocketIoTest, DescriptorsArriveInOrderAndCloseOnExec) {
  Pipe pipe = NewPipe();
  const BorrowedFd fds[] = {pipe.read_end.Borrow(), pipe.write_end.Borrow()};
  ASSERT_EQ(Send("x", fds), 0);
  EXPECT_FALSE(Receive().descriptors_cut);
  ASSERT_EQ(received_.size(), 2u);
  EXPECT_TRUE(IsPipe(received_[1], received_[0]));
  for (const UniqueFd& fd : received_) {
    EXPECT_EQ(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  }
}

TEST_F(SocketIoTest, DescriptorsAreAppended) {
  const BorrowedFd fd = near_.Borrow();
  ASSERT_EQ(Send("x", {&fd, 1}), 0);
  ASSERT_EQ(Send("y", {&fd, 1}), 0);
  Receive();
  Receive();
  EXPECT_EQ(received_.size(), 2u);
}

TEST_F(SocketIoTest, AsManyDescriptorsAsThePacketCarriesAllArrive) {
  const std::vector<BorrowedFd> fds(kMaxPacketDescriptors, near_.Borrow());
  ASSERT_EQ(Send("x", fds), 0);
  EXPECT_FALSE(Receive().descriptors_cut);
  EXPECT_EQ(received_.size(), kMaxPacketDescriptors);
  const std::vector<BorrowedFd> more(kMaxPacketDescriptors + 1, near_.Borrow());
  EXPECT_EQ(Send("x", more), EINVAL);
  const std::vector<BorrowedFd> far_more(10'000, near_.Borrow());
  EXPECT_EQ(Send("x", far_more), EINVAL);
}

// A co-holder of the receiving socket can switch all of these on.
TEST_F(SocketIoTest, AncillaryDataNobodyAskedForPushesNoDescriptorOut) {
  const int on = 1;
  ::setsockopt(far_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
  ::setsockopt(far_.get(), SOL_SOCKET, SO_PASSSEC, &on, sizeof(on));
  ::setsockopt(far_.get(), SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on));
  ::setsockopt(far_.get(), SOL_SOCKET, kSoPassPidfd, &on, sizeof(on));
  const std::vector<BorrowedFd> fds(kMaxPacketDescriptors, near_.Borrow());
  ASSERT_EQ(Send("x", fds), 0);
  EXPECT_FALSE(Receive().descriptors_cut);
  EXPECT_EQ(received_.size(), kMaxPacketDescriptors);
}

TEST_F(SocketIoTest, LongPacketIsCutAndTheNextOneIsWhole) {
  const BorrowedFd fd = near_.Borrow();
  ASSERT_EQ(Send("0123456789", {&fd, 1}), 0);
  ASSERT_EQ(Send("next"), 0);
  const ReceivedPacket cut = Receive(/*room=*/4);
  EXPECT_TRUE(cut.bytes_cut);
  EXPECT_FALSE(cut.descriptors_cut);
  EXPECT_EQ(received_.size(), 1u);
  EXPECT_FALSE(Receive().bytes_cut);
  EXPECT_EQ(text_, "next");
}

TEST_F(SocketIoTest, DescriptorsBeyondTheLimitAreCut) {
  const std::vector<BorrowedFd> fds(3, near_.Borrow());
  ASSERT_EQ(Send("x", fds), 0);
  const ReceivedPacket packet = [this] {
    const ScopedDescriptorLimit limit(1);
    return Receive();
  }();
  EXPECT_TRUE(packet.descriptors_cut);
  EXPECT_EQ(text_, "x");
  EXPECT_EQ(received_.size(), 1u);
}

TEST_F(SocketIoTest, PeekLeavesThePacketAndOpensNothing) {
  const BorrowedFd fd = near_.Borrow();
  std::array<std::byte, 4> start;
  const auto peek = [&] {
    return PeekPacket(far_.Borrow(), start, Blocking::kNo);
  };
  EXPECT_EQ(peek().error, EAGAIN);
  ASSERT_EQ(Send("0123456789", {&fd, 1}), 0);
  ASSERT_EQ(Send("plain"), 0);
  for (int i = 0; i < 3; ++i) {
    const ExpectNoFdLeak no_leak;
    const PeekedPacket peeked = peek();
    EXPECT_EQ(peeked.error, 0);
    EXPECT_EQ(peeked.bytes, start.size());
    EXPECT_TRUE(peeked.has_attachments);
    EXPECT_EQ(start[3], std::byte{'3'});
  }
  Receive();
  EXPECT_EQ(text_, "0123456789");
  EXPECT_EQ(received_.size(), 1u);
  EXPECT_FALSE(peek().has_attachments);
  EXPECT_EQ(start[0], std::byte{'p'});
}

TEST_F(SocketIoTest, PeerIsGoneOnceItsLastDescriptorIs) {
  ASSERT_EQ(Send("queued"), 0);
  UniqueFd copy(::dup(near_.get()));
  near_.Reset();
  EXPECT_FALSE(PeerIsGone(far_.Borrow()));
  copy.Reset();
  EXPECT_TRUE(PeerIsGone(far_.Borrow()));
  EXPECT_TRUE(HasQueuedBytes(far_.Borrow()));
  Receive();
  EXPECT_FALSE(HasQueuedBytes(far_.Borrow()));
  EXPECT_TRUE(PeerIsGone(far_.Borrow()));
}

TEST_F(SocketIoTest, PeerThatShutItsSendingSideIsGone) {
  ASSERT_EQ(::shutdown(near_.get(), SHUT_WR), 0);
  EXPECT_TRUE(PeerIsGone(far_.Borrow()));
}

TEST_F(SocketIoTest, PeerThatShutItsReceivingSideIsThere) {
  ASSERT_EQ(::shutdown(near_.get(), SHUT_RD), 0);
  EXPECT_FALSE(PeerIsGone(far_.Borrow()));
}

TEST_F(SocketIoTest, OnlyUnixPacketSocketsAreRecognized) {
  EXPECT_TRUE(IsSeqpacketSocket(near_.Borrow()));
  EXPECT_TRUE(HasPeer(near_.Borrow()));
  far_.Reset();
  EXPECT_TRUE(HasPeer(near_.Borrow()));
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const UniqueFd other(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    EXPECT_FALSE(IsSeqpacketSocket(other.Borrow()));
  }
  const UniqueFd unconnected(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  EXPECT_TRUE(IsSeqpacketSocket(unconnected.Borrow()));
  EXPECT_FALSE(HasPeer(unconnected.Borrow()));
  EXPECT_FALSE(IsSeqpacketSocket(NewPipe().read_end.Borrow()));
  EXPECT_FALSE(IsSeqpacketSocket(BorrowedFd()));
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
