// Processes with memfd_create and without talk to each other. A child finds the
// socket that it adopts at kChildSocket.

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <string>
#include <thread>
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
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::Take;

constexpr int kChildSocket = 7;
constexpr std::size_t kBlock = 1'500'000;
constexpr uid_t kAnotherUser = 23456;
constexpr int kCannotBecomeAnother = 99;

class MixedMemfdTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

template <class End>
absl::StatusOr<ChildProcess> Start(const std::string& name,
                                   const std::vector<std::string>& args,
                                   End end) {
  ExecOptions options;
  options.descriptors = {{kChildSocket, end.lane()->descriptor().get()}};
  return ChildProcess::Exec(name, args, options);
}

// Gives back every payload and the memory that came with it, through the sender
// that came first. The arguments say which errno memfd_create gives here.
IPC_CHANNEL_CHILD_MAIN(EchoWithoutMemfd) {
  if (!unix_backend::DenyMemfdAndLargeBuffers(std::stoi(args[0]))) return 101;
  Receiver receiver = AdoptUnixReceiver(UniqueFd(kChildSocket)).value();
  Message message;
  if (!receiver.Receive(message, Soon()).ok()) return 102;
  const Sender answers = Take<Sender>(message, 0);
  while (true) {
    const absl::Status status = receiver.Receive(message, Soon());
    if (absl::IsUnavailable(status)) return 0;
    if (!status.ok()) return 103;
    const SharedMemory memory = Take<SharedMemory>(message, 0);
    absl::StatusOr<SharedMemory> own = SharedMemory::CopyOf(message.payload());
    if (!own.ok()) return 104;
    if (!answers.Send(message.payload(), Lend(memory, *own), Soon()).ok()) {
      return 105;
    }
  }
}

// An echo child and the two ends for talking to it.
struct Echo {
  ChildProcess child;
  Sender to;
  Receiver from;
};

absl::StatusOr<Echo> StartEcho(int errno_value) {
  absl::StatusOr<ChannelPair> there = CreateUnixChannel();
  absl::StatusOr<ChannelPair> back = CreateUnixChannel();
  if (!there.ok() || !back.ok()) return absl::InternalError("no channel");
  absl::StatusOr<ChildProcess> child =
      Start("EchoWithoutMemfd", {std::to_string(errno_value)},
            std::move(there->receiver));
  if (!child.ok()) return child.status();
  absl::Status sent = there->sender.Send({}, Lend(back->sender), Soon());
  if (!sent.ok()) return sent;
  return Echo{*std::move(child), std::move(there->sender),
              std::move(back->receiver)};
}

// Messages of `sizes` there and back.
void ExpectEchoes(int errno_value, const std::vector<std::size_t>& sizes) {
  ASSERT_OK_AND_ASSIGN(Echo echo, StartEcho(errno_value));
  ASSERT_OK_AND_ASSIGN(SharedMemory memory,
                       SharedMemory::CopyOf(Pattern(kBlock, 7)));
  // From the second time on this process hands on what the child copied.
  for (const std::size_t size : sizes) {
    SCOPED_TRACE(size);
    const std::vector<std::byte> payload = Pattern(size);
    ASSERT_OK(echo.to.Send(payload, Lend(memory), Soon()));
    Message message;
    ASSERT_OK(echo.from.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, payload));
    memory = Take<SharedMemory>(message, 0);
    EXPECT_TRUE(std::ranges::equal(memory.bytes(), Pattern(kBlock, 7)));
    EXPECT_TRUE(
        std::ranges::equal(Take<SharedMemory>(message, 1).bytes(), payload));
  }
  echo.to = Sender();
  EXPECT_THAT(echo.child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST_F(MixedMemfdTest, PayloadsAndMemoryTravelBothWays) {
  ExpectEchoes(ENOSYS, {0, 69'632, 69'633, 1 << 20, 16 << 20});
}

TEST_F(MixedMemfdTest, WhateverErrnoSaysThatThereIsNoMemfd) {
  ExpectEchoes(EPERM, {300'000, 0});
  ExpectEchoes(EACCES, {300'000, 0});
}

IPC_CHANNEL_CHILD_MAIN(SendAndDie) {
  if (!unix_backend::DenyMemfdAndLargeBuffers(ENOSYS)) return 101;
  const Sender sender = AdoptUnixSender(UniqueFd(kChildSocket)).value();
  if (!sender.Send(Pattern(16 << 20), Soon()).ok()) return 102;
  ::raise(SIGKILL);
  return 103;
}

TEST_F(MixedMemfdTest, WhatWasSentOutlivesASenderThatIsKilled) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       Start("SendAndDie", {}, std::move(pair.sender)));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(16 << 20)));
}

IPC_CHANNEL_CHILD_MAIN(TakeOneAndDie) {
  Receiver receiver = AdoptUnixReceiver(UniqueFd(kChildSocket)).value();
  Message message;
  if (!receiver.Receive(message, Soon()).ok()) return 101;
  ::raise(SIGKILL);
  return 102;
}

IPC_CHANNEL_CHILD_MAIN(SendUntilGone) {
  if (!unix_backend::DenyMemfdAndLargeBuffers(ENOSYS)) return 101;
  const Sender sender = AdoptUnixSender(UniqueFd(kChildSocket)).value();
  absl::Status status;
  while (status.ok()) status = sender.Send(Pattern(1 << 20), Soon());
  return absl::IsUnavailable(status) ? 0 : 102;
}

TEST_F(MixedMemfdTest, SenderLearnsOfAReceiverThatIsKilled) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  ASSERT_OK_AND_ASSIGN(ChildProcess receiver,
                       Start("TakeOneAndDie", {}, std::move(pair.receiver)));
  ASSERT_OK_AND_ASSIGN(ChildProcess sender,
                       Start("SendUntilGone", {}, std::move(pair.sender)));
  EXPECT_THAT(receiver.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  EXPECT_THAT(sender.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

// Becomes a user to whom the limit of descriptors in flight applies, one that
// 64 data sockets of 208 KB or more reach.
bool BecomeLimitedUser() {
  const rlimit limit = {.rlim_cur = 64, .rlim_max = 64};
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 && ::setuid(kAnotherUser) == 0;
}

IPC_CHANNEL_CHILD_MAIN(ReachTheLimitInFlight) {
  if (!unix_backend::DenyMemfdAndLargeBuffers(ENOSYS)) return 101;
  if (!BecomeLimitedUser()) return kCannotBecomeAnother;
  ChannelPair pair = CreateUnixChannel().value();
  const auto send = [&pair](std::size_t size, absl::Time deadline) {
    return pair.sender.Send(Pattern(size), deadline);
  };
  // Never possible, and so not waited for.
  const absl::Status huge = send(64 << 20, absl::InfiniteFuture());
  if (!absl::IsResourceExhausted(huge)) return 102;
  // Possible, but not two at a time.
  if (!send(10 << 20, absl::InfinitePast()).ok()) return 103;
  const absl::Status second = send(10 << 20, absl::InfinitePast());
  if (!absl::IsResourceExhausted(second) || IsFull(second)) return 104;
  const absl::Status waited =
      send(10 << 20, absl::Now() + absl::Milliseconds(50));
  if (!absl::IsDeadlineExceeded(waited)) return 105;
  Message message;
  absl::Status received;
  std::thread thread([&] {
    absl::SleepFor(absl::Milliseconds(20));
    received = pair.receiver.Receive(message, Soon());
  });
  const absl::Status third = send(10 << 20, Soon());
  thread.join();
  if (!third.ok()) return 106;
  if (!received.ok() || !Holds(message, Pattern(10 << 20))) return 107;
  if (!pair.receiver.Receive(message, Soon()).ok()) return 108;
  return Holds(message, Pattern(10 << 20)) ? 0 : 109;
}

TEST_F(MixedMemfdTest, DescriptorsInFlightAreWaitedForIfTheyCanBecomeFewer) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("ReachTheLimitInFlight"));
  ASSERT_OK_AND_ASSIGN(const ExitResult ended, child.Wait(Soon()));
  if (ended == ExitResult::Exited(kCannotBecomeAnother)) {
    GTEST_SKIP() << "needs root";
  }
  EXPECT_EQ(ended, ExitResult::Exited(0));
}

}  // namespace
}  // namespace ipc_channel::transport
