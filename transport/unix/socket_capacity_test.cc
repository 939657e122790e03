#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdio>
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
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;

int BufferOf(const Sender& sender) {
  int buffer = 0;
  socklen_t size = sizeof(buffer);
  EXPECT_EQ(::getsockopt(sender.lane()->descriptor().get(), SOL_SOCKET,
                         SO_SNDBUF, &buffer, &size),
            0);
  return buffer;
}

absl::StatusOr<ChannelPair> ChannelFor(std::size_t messages,
                                       std::size_t bytes) {
  return CreateUnixChannel(
      {.capacity = ChannelCapacity{.messages = messages, .bytes = bytes}});
}

TEST(SocketCapacityTest, DefaultIsWhatTheSystemGivesASocket) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  int buffer = 0;
  socklen_t size = sizeof(buffer);
  ASSERT_EQ(::getsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &buffer, &size),
            0);
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  EXPECT_EQ(BufferOf(pair.sender), buffer);
}

struct Ceiling {
  std::size_t messages = 0;
  std::size_t bytes = 0;
};

// What an error says that the system allows.
Ceiling CeilingIn(const absl::Status& status) {
  const std::string text(status.message());
  const std::size_t at = text.find("with as many bytes");
  EXPECT_NE(at, std::string::npos) << text;
  Ceiling ceiling;
  if (at != std::string::npos) {
    EXPECT_EQ(std::sscanf(&text[at],
                          "with as many bytes %zu messages, "
                          "with as many messages %zu bytes",
                          &ceiling.messages, &ceiling.bytes),
              2)
        << text;
  }
  return ceiling;
}

TEST(SocketCapacityTest, TooMuchIsRefusedAndWhatTheErrorSaysIsGranted) {
  const ExpectNoFdLeak no_leak;
  constexpr std::size_t kMost = static_cast<std::size_t>(-1);
  for (const auto& [messages, bytes] :
       std::vector<std::pair<std::size_t, std::size_t>>{
           {kMost, 0},
           {std::size_t{1} << 40, 10'000},
           {1, kMost},
           {10, std::size_t{1} << 40}}) {
    const absl::Status refused = ChannelFor(messages, bytes).status();
    ASSERT_THAT(refused, StatusIs(absl::StatusCode::kOutOfRange));
    const Ceiling ceiling = CeilingIn(refused);
    const bool too_many = messages > bytes;
    EXPECT_GT(too_many ? ceiling.messages : ceiling.bytes, 100u) << refused;
    EXPECT_EQ(too_many ? ceiling.bytes : ceiling.messages, 0u) << refused;
    const Ceiling granted = {.messages = too_many ? ceiling.messages : messages,
                             .bytes = too_many ? bytes : ceiling.bytes};
    EXPECT_OK(ChannelFor(granted.messages, granted.bytes).status());
    EXPECT_THAT(
        ChannelFor(granted.messages + too_many, granted.bytes + !too_many)
            .status(),
        StatusIs(absl::StatusCode::kOutOfRange));
  }
}

// Nothing but the worst is to be expected of the kernel's charge.
TEST(SocketCapacityTest, AllOfTheCeilingCanBeQueued) {
  const Ceiling ceiling =
      CeilingIn(ChannelFor(static_cast<std::size_t>(-1), 0).status());
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, ChannelFor(ceiling.messages, 0));
  for (std::size_t i = 0; i < ceiling.messages; ++i) {
    ASSERT_OK(pair.sender.Send({}, absl::InfinitePast())) << i;
  }
}

TEST(SocketCapacityTest, LeastIsTheKernelsLeast) {
  ASSERT_OK_AND_ASSIGN(ChannelPair least, ChannelFor(0, 0));
  EXPECT_GT(BufferOf(least.sender), 0);
  int smaller = 1;
  ASSERT_EQ(::setsockopt(least.sender.lane()->descriptor().get(), SOL_SOCKET,
                         SO_SNDBUF, &smaller, sizeof(smaller)),
            0);
  ASSERT_OK_AND_ASSIGN(ChannelPair again, ChannelFor(0, 0));
  EXPECT_EQ(BufferOf(again.sender), BufferOf(least.sender));
}

TEST(SocketCapacityTest, LimitOfAPayloadDoesNotTravel) {
  ASSERT_OK_AND_ASSIGN(ChannelPair carrier, CreateUnixChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair pair,
                       CreateUnixChannel({.max_message_bytes = 10}));
  // A sender that stays here would be known again.
  ASSERT_OK(carrier.sender.Send(
      {},
      std::array<HandleRef, 2>{HandleRef::Moving(pair.sender), pair.receiver},
      Soon()));
  Message message;
  ASSERT_OK(carrier.receiver.Receive(message, Soon()));
  const Sender sender = Take<Sender>(message, 0);
  Receiver receiver = Take<Receiver>(message, 1);
  EXPECT_EQ(sender.max_message_bytes(), kDefaultMaxMessageBytes);
  EXPECT_EQ(receiver.max_message_bytes(), kDefaultMaxMessageBytes);
  receiver.SetMaxMessageBytes(99'999);
  ASSERT_OK(sender.Send(Pattern(100'000), Soon()));
  EXPECT_THAT(receiver.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(AreConnected(sender, receiver));
}

}  // namespace
}  // namespace ipc_channel::transport
