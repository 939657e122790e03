#include "ipc_channel/transport/unix/raw_peer.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

void Append(std::uint64_t value, int bytes, std::vector<std::byte>& out) {
  for (int i = 0; i < bytes; ++i) {
    out.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
}

}  // namespace

RawPeer::RawPeer() {
  int pair[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  socket_.Reset(pair[0]);
  absl::StatusOr<Receiver> receiver = AdoptUnixReceiver(UniqueFd(pair[1]));
  EXPECT_OK(receiver);
  if (receiver.ok()) receiver_ = *std::move(receiver);
}

void RawSend(const UniqueFd& socket, std::span<const std::byte> packet,
             const std::vector<int>& descriptors) {
  iovec part = {.iov_base = const_cast<std::byte*>(packet.data()),
                .iov_len = packet.size()};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  const std::size_t bytes = descriptors.size() * sizeof(int);
  std::vector<std::max_align_t> control(CMSG_SPACE(bytes));
  if (!descriptors.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(rights), descriptors.data(), bytes);
  }
  ASSERT_EQ(::sendmsg(socket.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL),
            static_cast<ssize_t>(packet.size()))
      << std::strerror(errno);
}

void RawPeer::Send(std::span<const std::byte> packet,
                   const std::vector<int>& descriptors) const {
  RawSend(socket_, packet, descriptors);
}

void RawPeer::ExpectGoodMessageArrives() {
  Send(RawHeader(0, 4) + Bytes("good"));
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("good"));
}

void RawPeer::ExpectMalformed(std::span<const std::byte> packet,
                              const std::vector<int>& descriptors) {
  Send(packet, descriptors);
  Message message;
  EXPECT_THAT(receiver_.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(message.payload().empty());
  EXPECT_TRUE(message.handles().empty());
  ExpectGoodMessageArrives();
}

std::vector<std::byte> RawHeader(std::uint32_t handles, std::uint64_t payload,
                                 int flags) {
  std::vector<std::byte> out;
  Append(0x4349, 2, out);
  Append(1, 1, out);
  Append(static_cast<std::uint64_t>(flags), 1, out);
  Append(handles, 4, out);
  Append(payload, 8, out);
  return out;
}

std::vector<std::byte> RawEntry(std::uint32_t kind, std::uint64_t detail,
                                std::uint32_t flags) {
  std::vector<std::byte> out;
  Append(kind, 4, out);
  Append(flags, 4, out);
  Append(detail, 8, out);
  return out;
}

std::vector<std::byte> operator+(std::vector<std::byte> left,
                                 std::span<const std::byte> right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace ipc_channel::transport::unix_backend
