// What happens when a user has as many descriptors in flight as the sender's
// RLIMIT_NOFILE: Linux then refuses to send more (ETOOMANYREFS), except to the
// privileged (too_many_unix_fds() of its net/unix). So
// this runs as a user of its own, without privileges.

#include <signal.h>
#include <sys/resource.h>

#include <cstddef>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
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
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/child_ends.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::IsPipe;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

constexpr rlim_t kDescriptorLimit = 192;
// Less than the limit, so that each can be received; and so many that the last
// one to be sent leaves the limit well behind: what the user's other processes
// receive meanwhile makes no room.
constexpr std::size_t kHandlesInOne = 150;
// More than that would take no limit.
constexpr int kFarTooMany = 1'000;

// Sends messages that are named after their numbers, full of copies of
// `filler`, until the user has used up what may be in flight. Gives how many
// went.
int UseUp(const Sender& sender, const Sender& filler) {
  const std::vector<HandleRef> handles(kHandlesInOne, filler);
  for (int filled = 0; filled < kFarTooMany; ++filled) {
    // Other processes of the user may have used it up before. One message is
    // below the limit again when they receive, two are not.
    const absl::Status status =
        sender.Send(Bytes(std::to_string(filled)), handles,
                    filled < 2 ? Soon() : absl::InfinitePast());
    if (status.ok()) continue;
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_FALSE(IsFull(status)) << "no limit is met by a privileged process";
    return filled;
  }
  ADD_FAILURE() << "no limit is met";
  return kFarTooMany;
}

class DescriptorsInFlightTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    filled_ = UseUp(filling_.sender, filling_.sender);
    ASSERT_GT(filled_, 1);
    ASSERT_FALSE(HasFailure());
  }

  // Receives all of them, in order and whole.
  void MakeRoom() {
    Message message;
    for (int i = 0; i < filled_; ++i) {
      ASSERT_OK(filling_.receiver.Receive(message, Soon()));
      EXPECT_EQ(Text(message.payload()), std::to_string(i));
      EXPECT_EQ(message.handles().size(), kHandlesInOne);
    }
    filled_ = 0;
  }

  ScopedLimit limit_{RLIMIT_NOFILE, kDescriptorLimit};
  ChannelPair filling_ = NewUnixChannel();
  ChannelPair other_ = NewUnixChannel();
  Pipe pipe_ = NewPipe();
  int filled_ = 0;
};

TEST_F(DescriptorsInFlightTest, ASendThatMayNotWaitIsRefusedAndTakesNothing) {
  ChannelPair carried = NewUnixChannel();
  for (const Sender& sender : {other_.sender, filling_.sender}) {
    const absl::Status status =
        sender.Send(Bytes("refused"), Lend(pipe_.write_end, carried.receiver),
                    absl::InfinitePast());
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_FALSE(IsFull(status)) << status;
  }
  EXPECT_TRUE(AreConnected(carried.sender, carried.receiver));
  EXPECT_TRUE(IsPipe(pipe_.write_end, pipe_.read_end));
  MakeRoom();
  Message message;
  EXPECT_THAT(filling_.receiver.TryReceive(message), IsOkAndHolds(false));
  EXPECT_THAT(other_.receiver.TryReceive(message), IsOkAndHolds(false));
}

TEST_F(DescriptorsInFlightTest, ASendWaitsUntilItsDeadlineAndTakesNothing) {
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  EXPECT_THAT(
      other_.sender.Send(Bytes("late"), Lend(pipe_.write_end), deadline),
      StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now(), deadline);
  EXPECT_TRUE(IsPipe(pipe_.write_end, pipe_.read_end));
  MakeRoom();
}

TEST_F(DescriptorsInFlightTest, AWaitingSendSucceedsWhenRoomReturns) {
  absl::Status sent;
  std::thread sending([&] {
    sent = other_.sender.Send(Bytes("waited"), Lend(pipe_.write_end), Soon());
  });
  absl::SleepFor(absl::Milliseconds(20));
  MakeRoom();
  Message message;
  EXPECT_OK(other_.receiver.Receive(message, Soon()));
  sending.join();
  ASSERT_OK(sent);
  EXPECT_EQ(Text(message.payload()), "waited");
  EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, 0), pipe_.read_end));
}

TEST_F(DescriptorsInFlightTest, MessagesWithoutDescriptorsAreNotAffected) {
  EXPECT_TRUE(AreConnected(other_.sender, other_.receiver));
  ASSERT_OK(SendText(filling_.sender, "behind"));
  MakeRoom();
  EXPECT_THAT(ReceiveText(filling_.receiver), IsOkAndHolds("behind"));
}

// Its payload travels as one descriptor.
TEST_F(DescriptorsInFlightTest, ALargePayloadWaitsForRoomToo) {
  const std::vector<std::byte> large = Pattern(1 << 20);
  EXPECT_THAT(other_.sender.Send(large, absl::InfinitePast()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(other_.sender.Send(large, absl::Now() + absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  MakeRoom();
  ASSERT_OK(other_.sender.Send(large, Soon()));
  Message message;
  ASSERT_OK(other_.receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, large));
}

// Its handles lie in a helper socket, whose second packet finds the limit
// passed by the first.
TEST_F(DescriptorsInFlightTest, AMessageThatNeedsAHelperLeavesNothingBehind) {
  MakeRoom();
  const std::vector<HandleRef> handles(300, other_.sender);
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(other_.sender.Send({}, handles, absl::InfinitePast()),
                StatusIs(absl::StatusCode::kResourceExhausted));
    // It could never go, so this does not wait.
    EXPECT_THAT(other_.sender.Send({}, handles, absl::InfiniteFuture()),
                StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_OK(other_.sender.Send({}, Lend(other_.sender), Soon()));
    Message message;
    EXPECT_OK(other_.receiver.Receive(message, Soon()));
    EXPECT_EQ(message.handles().size(), 1u);
  }
}

// Whoever fills up, all processes of the user meet the limit.
IPC_CHANNEL_CHILD_MAIN(SendWithAHandle) {
  const ScopedLimit limit(RLIMIT_NOFILE, kDescriptorLimit);
  const ChannelPair pair = NewUnixChannel();
  const absl::Status status = pair.sender.Send(
      Bytes("refused"), Lend(pair.sender), absl::InfinitePast());
  return absl::IsResourceExhausted(status) && !IsFull(status) ? 0 : 1;
}

TEST_F(DescriptorsInFlightTest, AnotherProcessOfTheUserIsRefusedToo) {
  using ::ipc_channel_testing::ExitResult;
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("SendWithAHandle"));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  MakeRoom();
}

// A ring of channels, from which nobody can receive, has used up what may be in
// flight. The kernel would not look for it before some Unix socket is closed.
TEST_F(DescriptorsInFlightTest, AWaitingSendFreesWhatNobodyCanReceive) {
  MakeRoom();
  ChannelPair ring = NewUnixChannel();
  ASSERT_OK(ring.sender.Send({}, Lend(ring.receiver)));
  ASSERT_GT(UseUp(ring.sender, filling_.sender), 1);
  ASSERT_OK(other_.sender.Send({}, Lend(pipe_.write_end), Soon()));
  Message message;
  EXPECT_OK(other_.receiver.Receive(message, Soon()));
  // Its queue is emptied a moment before it is gone.
  absl::Status status;
  while ((status = ring.sender.Send({}, Soon())).ok()) continue;
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
}

// Uses up what may be in flight in the queue of a channel that came from
// elsewhere, says so, and holds on to nothing else.
IPC_CHANNEL_CHILD_MAIN(FillAndWait) {
  // Sent by the parent when it has seen that all is used up.
  sigset_t go_on;
  ::sigemptyset(&go_on);
  ::sigaddset(&go_on, SIGUSR1);
  EXPECT_EQ(::pthread_sigmask(SIG_BLOCK, &go_on, nullptr), 0);
  const ScopedLimit limit(RLIMIT_NOFILE, kDescriptorLimit);
  const Sender sender = ChildSender();
  ChannelPair own = NewUnixChannel();
  int filled = UseUp(own.sender, own.sender);
  EXPECT_OK(SendText(sender, std::to_string(filled)));
  int signal = 0;
  EXPECT_EQ(::sigwait(&go_on, &signal), 0);
  Message message;
  while (filled-- > 0) EXPECT_OK(own.receiver.Receive(message, Soon()));
  message.Clear();
  EXPECT_OK(SendText(sender, "received"));
  return ChildVerdict();
}

class OtherProcessFillsTest : public ::testing::TestWithParam<std::string> {
  ExpectNoFdLeak no_leak_;

 protected:
  ScopedLimit limit_{RLIMIT_NOFILE, kDescriptorLimit};
  ChannelPair told_ = NewUnixChannel();
  ChannelPair own_ = NewUnixChannel();
  Pipe pipe_ = NewPipe();
};

TEST_P(OtherProcessFillsTest, SendsWaitUntilItDiesOrReceives) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       StartWith("FillAndWait", std::move(told_.sender)));
  ASSERT_OK_AND_ASSIGN(const std::string filled, ReceiveText(told_.receiver));
  ASSERT_GT(std::stoi(filled), 1);
  const std::vector<std::byte> large = Pattern(200'000);
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(
        own_.sender.Send({}, Lend(pipe_.write_end), absl::InfinitePast()),
        StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_THAT(own_.sender.Send(large, absl::Now() + absl::Milliseconds(20)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    EXPECT_TRUE(AreConnected(own_.sender, own_.receiver));
    EXPECT_TRUE(IsPipe(pipe_.write_end, pipe_.read_end));
  }
  absl::Status sent;
  std::thread sending(
      [&] { sent = own_.sender.Send(large, Lend(pipe_.write_end), Soon()); });
  const bool dies = GetParam() == "dies";
  EXPECT_OK(child.Kill(dies ? SIGKILL : SIGUSR1));
  Message message;
  EXPECT_OK(own_.receiver.Receive(message, Soon()));
  sending.join();
  EXPECT_OK(sent);
  EXPECT_TRUE(Holds(message, large));
  EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, 0), pipe_.read_end));
  if (dies) return;
  EXPECT_THAT(ReceiveText(told_.receiver), IsOkAndHolds("received"));
  EXPECT_TRUE(EndsWell(child));
}

INSTANTIATE_TEST_SUITE_P(Ways, OtherProcessFillsTest,
                         ::testing::Values("dies", "receives"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace ipc_channel::transport
