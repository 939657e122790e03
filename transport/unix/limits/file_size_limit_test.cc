// RLIMIT_FSIZE of one process. The kernel would send SIGXFSZ, which ends it.

#include <sys/resource.h>

#include <csignal>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/read_only_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unix/child_ends.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;

constexpr std::size_t kSize = 100'001;  // no multiple of a page
constexpr absl::StatusCode kOutOfRange = absl::StatusCode::kOutOfRange;

void ExpectAllKindsAre(absl::StatusCode code) {
  EXPECT_THAT(SharedMemory::CopyOf(Pattern(kSize)), StatusIs(code));
  EXPECT_THAT(SharedMemory::Create(kSize, [](auto) {}), StatusIs(code));
  EXPECT_THAT(MutableMemory::Create(kSize), StatusIs(code));
  EXPECT_THAT(CreateReadOnlyMemory(kSize), StatusIs(code));
}

void SendUnderTheLimit(const Sender& sender) {
  const std::vector<std::byte> payload = Pattern(kSize);
  ChannelPair carried = NewUnixChannel();
  for (const rlim_t limit_bytes : {rlim_t{0}, rlim_t{1}, rlim_t{kSize - 1}}) {
    const ScopedLimit limit(RLIMIT_FSIZE, limit_bytes);
    EXPECT_THAT(sender.Send(payload, Lend(carried.receiver)),
                StatusIs(kOutOfRange));
    ExpectAllKindsAre(kOutOfRange);
    EXPECT_TRUE(AreConnected(carried.sender, carried.receiver));
    EXPECT_OK(SendText(sender, "small"));
  }
  {
    const ScopedLimit limit(RLIMIT_FSIZE, kSize);
    EXPECT_OK(sender.Send(payload));
    ExpectAllKindsAre(absl::StatusCode::kOk);
  }
  EXPECT_OK(sender.Send(payload, Lend(carried.receiver)));
}

IPC_CHANNEL_CHILD_MAIN(SendUnderFileSizeLimits) {
  // Either way: it is not to be sent at all.
  std::signal(SIGXFSZ, args[0] == "ignored" ? SIG_IGN : SIG_DFL);
  const Sender sender = ChildSender();
  const FdLeakCheck check;
  SendUnderTheLimit(sender);
  EXPECT_TRUE(check.NoLeak());
  return ChildVerdict();
}

TEST(FileSizeLimitTest, SenderUnderItSaysSoAndTakesNothing) {
  const ExpectNoFdLeak no_leak;
  for (const std::string action : {"default", "ignored"}) {
    SCOPED_TRACE(action);
    ChannelPair pair = NewUnixChannel();
    ASSERT_OK_AND_ASSIGN(
        ChildProcess child,
        StartWith("SendUnderFileSizeLimits", std::move(pair.sender), {action}));
    for (int i = 0; i < 3; ++i) {
      EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("small"));
    }
    Message message;
    for (int i = 0; i < 2; ++i) {
      ASSERT_OK(pair.receiver.Receive(message, Soon()));
      EXPECT_TRUE(Holds(message, Pattern(kSize)));
    }
    EXPECT_THAT(pair.receiver.Receive(message, Soon()),
                StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(EndsWell(child));
  }
}

// Receives, writes to what it may write to, and sends all of it on.
IPC_CHANNEL_CHILD_MAIN(ReceiveUnderFileSizeLimit) {
  Receiver receiver = ChildReceiver();
  const ScopedLimit limit(RLIMIT_FSIZE, 0);
  Message message;
  EXPECT_OK(receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(kSize)));
  const auto shared = Take<SharedMemory>(message, 0);
  const auto writable = Take<MutableMemory>(message, 1);
  const auto readable = Take<ReadOnlyMemory>(message, 2);
  const auto result = Take<Sender>(message, 3);
  EXPECT_EQ(shared.bytes().size(), kSize);
  EXPECT_EQ(readable.bytes().size(), kSize);
  writable.bytes()[kSize - 1] = std::byte{7};
  EXPECT_OK(result.Send(Bytes("back"), Lend(shared, writable, readable)));
  return ChildVerdict();
}

TEST(FileSizeLimitTest, DoesNotMatterToAReceiver) {
  const ExpectNoFdLeak no_leak;
  ChannelPair pair = NewUnixChannel();
  ChannelPair result = NewUnixChannel();
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      StartWith("ReceiveUnderFileSizeLimit", std::move(pair.receiver)));
  ASSERT_OK_AND_ASSIGN(const SharedMemory shared,
                       SharedMemory::CopyOf(Pattern(kSize)));
  ASSERT_OK_AND_ASSIGN(const MutableMemory writable,
                       MutableMemory::Create(kSize));
  ASSERT_OK_AND_ASSIGN(const WriterAndMemory readable,
                       CreateReadOnlyMemory(kSize));
  ASSERT_OK(pair.sender.Send(
      Pattern(kSize), Lend(shared, writable, readable.memory, result.sender)));
  Message message;
  ASSERT_OK(result.receiver.Receive(message, Soon()));
  EXPECT_EQ(message.handles().size(), 3u);
  EXPECT_EQ(writable.bytes()[kSize - 1], std::byte{7});
  EXPECT_TRUE(EndsWell(child));
}

}  // namespace
}  // namespace ipc_channel::transport
