// Channels between real processes. A child finds the ends it needs at
// kChildSocket: a socket that it adopts.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
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
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

constexpr int kChildSocket = 7;

class CrossProcessTest : public ::testing::Test {
 protected:
  // Test runners leave it ignored.
  void SetUp() override { before_ = std::signal(SIGPIPE, SIG_DFL); }
  void TearDown() override { std::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int) = nullptr;
  ExpectNoFdLeak no_leak_;
};

ChannelPair NewChannel() {
  absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
  EXPECT_OK(pair);
  return pair.ok() ? *std::move(pair) : ChannelPair();
}

// Starts child `name` with a copy of `end`, which the caller then drops.
template <class End>
absl::StatusOr<ChildProcess> Start(const std::string& name, End end) {
  ExecOptions options;
  options.descriptors = {{kChildSocket, end.lane()->descriptor().get()}};
  return ChildProcess::Exec(name, {}, options);
}

Sender ChildSender() { return AdoptUnixSender(UniqueFd(kChildSocket)).value(); }

Receiver ChildReceiver() {
  return AdoptUnixReceiver(UniqueFd(kChildSocket)).value();
}

int ExitCode(const absl::Status& status) {
  return static_cast<int>(status.code());
}

IPC_CHANNEL_CHILD_MAIN(SendThree) {
  const Sender sender = ChildSender();
  SendText(sender, "small").IgnoreError();
  sender.Send(Pattern(1 << 20), Soon()).IgnoreError();
  return ExitCode(SendText(sender, "last"));
}

// Sends the sender of a channel of its own and waits for an answer through it.
IPC_CHANNEL_CHILD_MAIN(OfferSender) {
  const Sender sender = ChildSender();
  ChannelPair own = NewChannel();
  absl::Status status = sender.Send(Bytes("answer here"), Lend(own.sender));
  if (!status.ok()) return ExitCode(status);
  own.sender = Sender();
  const absl::StatusOr<std::string> answer = ReceiveText(own.receiver);
  if (!answer.ok()) return ExitCode(answer.status());
  return ExitCode(SendText(sender, "got " + *answer));
}

// Gets a receiver whose queue holds a receiver, and a sender for what comes out
// of the inner one.
IPC_CHANNEL_CHILD_MAIN(UnwrapReceivers) {
  Receiver receiver = ChildReceiver();
  Message message;
  if (!receiver.Receive(message, Soon()).ok()) return 101;
  Receiver middle = Take<Receiver>(message, 0);
  const Sender result = Take<Sender>(message, 1);
  if (!middle.Receive(message, Soon()).ok()) return 102;
  Receiver inner = Take<Receiver>(message, 0);
  while (true) {
    const absl::Status status = inner.Receive(message, Soon());
    if (absl::IsUnavailable(status)) return 0;
    if (!status.ok()) return 103;
    if (!result.Send(message.payload(), Soon()).ok()) return 104;
  }
}

// Gets a sender, uses it, and drops it when told to, or never.
IPC_CHANNEL_CHILD_MAIN(HoldSender) {
  Receiver receiver = ChildReceiver();
  Message message;
  if (!receiver.Receive(message, Soon()).ok()) return 101;
  Sender held = Take<Sender>(message, 0);
  if (!SendText(held, "held").ok()) return 102;
  if (!receiver.Receive(message, Soon()).ok()) return 103;
  held = Sender();
  while (true) ::pause();
}

IPC_CHANNEL_CHILD_MAIN(SendOneAndDie) {
  const Sender sender = ChildSender();
  if (sender.Send(Pattern(1 << 20), Lend(sender)).ok()) ::raise(SIGKILL);
  return 1;
}

// Says that it is there, then holds the receiver without ever using it.
IPC_CHANNEL_CHILD_MAIN(HoldReceiver) {
  Receiver receiver = ChildReceiver();
  Message message;
  if (!receiver.Receive(message, Soon()).ok()) return 1;
  const Sender started = Take<Sender>(message, 0);
  if (!SendText(started, "started").ok()) return 2;
  while (true) ::pause();
}

IPC_CHANNEL_CHILD_MAIN(CheckMemory) {
  Receiver receiver = ChildReceiver();
  Message message;
  if (!receiver.Receive(message, Soon()).ok()) return 1;
  const SharedMemory memory = Take<SharedMemory>(message, 0);
  const std::vector<std::byte> expected = Pattern(700'000);
  return std::ranges::equal(memory.bytes(), expected) ? 0 : 2;
}

TEST_F(CrossProcessTest, MessagesComeAcrossExec) {
  ChannelPair pair = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("SendThree", std::move(pair.sender)));
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("small"));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(1 << 20)));
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("last"));
  EXPECT_THAT(ReceiveText(pair.receiver),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST_F(CrossProcessTest, MessagesOutliveTheProcessThatSentThem) {
  ChannelPair pair = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("SendThree", std::move(pair.sender)));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("small"));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(1 << 20)));
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("last"));
  EXPECT_THAT(ReceiveText(pair.receiver),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(CrossProcessTest, SenderFromAChildReachesIt) {
  ChannelPair pair = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("OfferSender", std::move(pair.sender)));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  EXPECT_EQ(Text(message.payload()), "answer here");
  ASSERT_OK(SendText(Take<Sender>(message, 0), "the answer"));
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("got the answer"));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST_F(CrossProcessTest, ReceiverMovesToAChildWithAllThatIsQueued) {
  ChannelPair pair = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("UnwrapReceivers", std::move(pair.receiver)));
  ChannelPair middle = NewChannel();
  ChannelPair inner = NewChannel();
  ChannelPair result = NewChannel();
  ASSERT_OK(SendText(inner.sender, "first"));
  ASSERT_OK(inner.sender.Send(Pattern(1 << 20), Soon()));
  ASSERT_OK(middle.sender.Send({}, Lend(inner.receiver)));
  ASSERT_OK(pair.sender.Send({}, Lend(middle.receiver, result.sender)));
  ASSERT_OK(SendText(inner.sender, "on the way"));
  inner.sender = Sender();

  EXPECT_THAT(ReceiveText(result.receiver), IsOkAndHolds("first"));
  Message message;
  ASSERT_OK(result.receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(1 << 20)));
  EXPECT_THAT(ReceiveText(result.receiver), IsOkAndHolds("on the way"));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST_F(CrossProcessTest, SharedMemoryIsReadInAChild) {
  ChannelPair pair = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("CheckMemory", std::move(pair.receiver)));
  {
    ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                         SharedMemory::CopyOf(Pattern(700'000)));
    ASSERT_OK(pair.sender.Send({}, Lend(memory)));
  }
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST_F(CrossProcessTest, AcceptedMessageSurvivesTheKilledSender) {
  ChannelPair pair = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("SendOneAndDie", std::move(pair.sender)));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  {
    Message message;
    ASSERT_OK(pair.receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(1 << 20)));
    const Sender travelled = Take<Sender>(message, 0);
    EXPECT_TRUE(ipc_channel_testing::AreConnected(travelled, pair.receiver));
  }
  EXPECT_THAT(ReceiveText(pair.receiver),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(CrossProcessTest, EndComesWhenAChildDropsATransferredSender) {
  for (const bool is_told_to : {true, false}) {
    ChannelPair control = NewChannel();
    ASSERT_OK_AND_ASSIGN(ChildProcess child,
                         Start("HoldSender", std::move(control.receiver)));
    ChannelPair pair = NewChannel();
    ASSERT_OK(control.sender.Send(
        {}, std::vector<HandleRef>{HandleRef::Moving(pair.sender)}));
    EXPECT_FALSE(pair.sender.valid());
    EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("held"));
    Message message;
    EXPECT_THAT(pair.receiver.TryReceive(message), IsOkAndHolds(false));
    ASSERT_OK(is_told_to ? control.sender.Send({}) : child.Kill(SIGKILL));
    EXPECT_THAT(pair.receiver.Receive(message, Soon()),
                StatusIs(absl::StatusCode::kUnavailable));
  }
}

TEST_F(CrossProcessTest, KilledReceiverIsNoticedWithoutASignal) {
  ChannelPair pair = NewChannel();
  ChannelPair started = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("HoldReceiver", std::move(pair.receiver)));
  ASSERT_OK(pair.sender.Send({}, Lend(started.sender)));
  EXPECT_THAT(ReceiveText(started.receiver), IsOkAndHolds("started"));
  ASSERT_OK(SendText(pair.sender, "never read"));
  ASSERT_OK(child.Kill(SIGKILL));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  EXPECT_THAT(SendText(pair.sender, "late"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(pair.sender.Send(Pattern(1 << 20)),
              StatusIs(absl::StatusCode::kUnavailable));
}

// A send that waits for the child to make room.
TEST_F(CrossProcessTest, KilledReceiverEndsAWaitingSend) {
  ChannelPair pair = NewChannel();
  ChannelPair started = NewChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("HoldReceiver", std::move(pair.receiver)));
  ASSERT_OK(pair.sender.Send({}, Lend(started.sender)));
  EXPECT_THAT(ReceiveText(started.receiver), IsOkAndHolds("started"));
  ASSERT_OK(ipc_channel_testing::Fill(pair.sender));
  EXPECT_THAT(pair.sender.Send({}, absl::Now() + absl::Milliseconds(10)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_OK(child.Kill(SIGKILL));
  EXPECT_THAT(pair.sender.Send({}), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace ipc_channel::transport
