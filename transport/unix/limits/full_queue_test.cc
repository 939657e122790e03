// The queue of a channel is full, and a process that holds the same end has
// made it as small as the kernel allows. (net.core.wmem_default and wmem_max
// are the whole system's, in every network namespace: no test changes them.)

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unix/child_ends.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Fill;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

constexpr std::size_t kLarge = 300'000;
constexpr std::size_t kMany = 300;

// Fills the channel it was given as a handle, says over its own how many
// messages that took, and sends more, for which it has to wait.
IPC_CHANNEL_CHILD_MAIN(FillAndSendOn) {
  Receiver told = ChildReceiver();
  Message message;
  EXPECT_OK(told.Receive(message, Soon()));
  const auto sender = ipc_channel_testing::Take<Sender>(message, 0);
  const auto answer = ipc_channel_testing::Take<Sender>(message, 1);
  const absl::StatusOr<int> filled = Fill(sender);
  EXPECT_OK(filled);
  const std::vector<std::byte> large = Pattern(kLarge);
  const std::vector<HandleRef> many(kMany, answer);
  EXPECT_TRUE(IsFull(sender.Send(large, absl::InfinitePast())));
  EXPECT_TRUE(IsFull(sender.Send(large, many, absl::InfinitePast())));
  EXPECT_THAT(sender.Send(large, absl::Now() + absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(sender.Send({}, many, absl::Now() + absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_OK(SendText(answer, std::to_string(filled.value_or(0))));
  EXPECT_OK(sender.Send(large, Soon()));
  EXPECT_OK(sender.Send(large, many, Soon()));
  return ChildVerdict();
}

TEST(FullQueueTest, SendsWaitForRoomAndNothingIsLost) {
  for (const bool smallest : {false, true}) {
    SCOPED_TRACE(smallest);
    const ExpectNoFdLeak no_leak;
    ChannelPair told = NewUnixChannel();
    ChannelPair answer = NewUnixChannel();
    ChannelPair pair = NewUnixChannel();
    const int one = 1;  // The kernel's least is given.
    if (smallest) {
      ASSERT_EQ(::setsockopt(pair.sender.lane()->descriptor().get(), SOL_SOCKET,
                             SO_SNDBUF, &one, sizeof(one)),
                0);
    }
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         StartWith("FillAndSendOn", std::move(told.receiver)));
    ASSERT_OK(told.sender.Send({}, Lend(pair.sender, answer.sender), Soon()));
    pair.sender = Sender();
    ASSERT_OK_AND_ASSIGN(const std::string filled,
                         ReceiveText(answer.receiver));
    Message message;
    int received = 0;
    while (true) {
      ASSERT_OK(pair.receiver.Receive(message, Soon()));
      if (!Holds(message, Bytes("filler"))) break;
      ++received;
    }
    EXPECT_EQ(std::to_string(received), filled);
    EXPECT_GT(received, 0);
    EXPECT_TRUE(Holds(message, Pattern(kLarge)));
    ASSERT_OK(pair.receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(kLarge)));
    EXPECT_EQ(message.handles().size(), kMany);
    EXPECT_THAT(pair.receiver.Receive(message, Soon()),
                StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(EndsWell(child));
  }
}

}  // namespace
}  // namespace ipc_channel::transport
