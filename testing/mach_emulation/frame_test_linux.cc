#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mach_emulation/internal/frame.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

class FrameTest : public ::testing::Test {
 protected:
  FrameTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    from_ = UniqueFd(ends[0]);
    to_ = UniqueFd(ends[1]);
  }

  bool Send(std::span<const std::byte> payload, std::span<const int> fds = {}) {
    const std::uint64_t fixed = 0x1234;
    return SendFrame(from_.get(), std::as_bytes(std::span(&fixed, 1)), payload,
                     fds);
  }
  FrameResult Receive(FrameContent& content) {
    std::uint64_t fixed = 0;
    return ReceiveFrame(to_.get(), std::as_writable_bytes(std::span(&fixed, 1)),
                        content);
  }
  // A packet made by hand: the words of its beginning, then `rest` bytes.
  FrameResult ReceiveWords(std::vector<std::uint32_t> words, std::size_t rest,
                           std::span<const int> fds = {}) {
    std::vector<std::byte> packet(words.size() * 4 + rest);
    std::memcpy(packet.data(), words.data(), words.size() * 4);
    iovec part = {packet.data(), packet.size()};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (!fds.empty()) {
      message.msg_control = control;
      message.msg_controllen = sizeof(control);
      cmsghdr* const header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int));
    }
    EXPECT_EQ(sendmsg(from_.get(), &message, 0),
              static_cast<ssize_t>(packet.size()));
    FrameContent content;
    const FrameResult result = Receive(content);
    EXPECT_TRUE(content.fds.empty());
    return result;
  }

  UniqueFd from_;
  UniqueFd to_;
};

TEST_F(FrameTest, PayloadsOfAllSizesArrive) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{1} << 16,
        (std::size_t{1} << 16) + 1, std::size_t{1} << 20}) {
    const ExpectNoFdLeak no_leak;
    std::vector<std::byte> payload(size, std::byte{7});
    if (size != 0) payload.back() = std::byte{8};
    ASSERT_TRUE(Send(payload));
    std::uint64_t fixed = 0;
    FrameContent content;
    ASSERT_EQ(
        ReceiveFrame(to_.get(), std::as_writable_bytes(std::span(&fixed, 1)),
                     content),
        FrameResult::kFrame);
    EXPECT_EQ(fixed, 0x1234u);
    EXPECT_EQ(content.payload, payload);
    EXPECT_TRUE(content.fds.empty());
  }
}

TEST_F(FrameTest, DescriptorsArriveAndAreCloseOnExec) {
  const ExpectNoFdLeak no_leak;
  const int fds[] = {from_.get(), to_.get()};
  const std::vector<std::byte> payload(std::size_t{1} << 17);
  ASSERT_TRUE(Send(payload, fds));
  FrameContent content;
  ASSERT_EQ(Receive(content), FrameResult::kFrame);
  ASSERT_EQ(content.fds.size(), 2u);
  EXPECT_EQ(fcntl(content.fds[1].get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(FrameTest, TheEndIsNoFrame) {
  from_.Reset();
  FrameContent content;
  EXPECT_EQ(Receive(content), FrameResult::kClosed);
}

TEST_F(FrameTest, ASendToNobodyFailsWithoutASignal) {
  to_.Reset();
  EXPECT_FALSE(Send({}));
}

TEST_F(FrameTest, LengthsThatDoNotFitAreRefused) {
  EXPECT_EQ(ReceiveWords({8, 4, 0}, 8 + 4), FrameResult::kFrame);
  EXPECT_EQ(ReceiveWords({8}, 0), FrameResult::kMalformed);
  EXPECT_EQ(ReceiveWords({8, 4, 0}, 8 + 3), FrameResult::kMalformed);
  EXPECT_EQ(ReceiveWords({8, 4, 0}, 8 + 5), FrameResult::kMalformed);
  EXPECT_EQ(ReceiveWords({7, 5, 0}, 8 + 4), FrameResult::kMalformed);
  EXPECT_EQ(ReceiveWords({8, 0xffffffff, 0}, 8), FrameResult::kMalformed);
  EXPECT_EQ(ReceiveWords({8, 4, 1}, 8), FrameResult::kMalformed);
}

TEST_F(FrameTest, AMemfdOfAnotherSizeIsRefusedAndClosed) {
  const ExpectNoFdLeak no_leak;
  const UniqueFd memory(memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(ftruncate(memory.get(), 10), 0);
  const int fd = memory.get();
  EXPECT_EQ(ReceiveWords({8, 11, 1}, 8, std::span(&fd, 1)),
            FrameResult::kMalformed);
  EXPECT_EQ(ReceiveWords({8, 10, 1}, 8, std::span(&fd, 1)),
            FrameResult::kFrame);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
