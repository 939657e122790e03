// What a forked child has of its parent's channels.

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <stop_token>
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
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Text;

constexpr absl::StatusCode kDisconnected = absl::StatusCode::kUnavailable;

class ForkTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void SetUp() override {
    absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
    ASSERT_OK(pair);
    sender_ = std::move(pair->sender);
    receiver_ = std::move(pair->receiver);
  }

  // A child that does nothing but hold what it inherited.
  static absl::StatusOr<ChildProcess> ForkIdle() {
    return ChildProcess::Fork([] {
      while (true) ::pause();
      return 0;
    });
  }

  static void Kill(ChildProcess& child) {
    ASSERT_OK(child.Kill(SIGKILL));
    EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  }

  Sender sender_;
  Receiver receiver_;
};

TEST_F(ForkTest, CopyOfTheSenderKeepsTheChannelUp) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ForkIdle());
  ASSERT_OK(SendText(sender_, "last"));
  sender_ = Sender();
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("last"));
  Message message;
  EXPECT_THAT(receiver_.TryReceive(message), IsOkAndHolds(false));
  Kill(child);
  EXPECT_THAT(receiver_.TryReceive(message), StatusIs(kDisconnected));
}

TEST_F(ForkTest, CopyOfTheReceiverKeepsTheChannelUp) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ForkIdle());
  receiver_ = Receiver();
  EXPECT_OK(SendText(sender_, "to nobody"));
  Kill(child);
  EXPECT_THAT(SendText(sender_, "late"), StatusIs(kDisconnected));
}

TEST_F(ForkTest, CopyOfTheSenderSends) {
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([this] {
                         if (!SendText(sender_, "small").ok()) return 1;
                         return sender_.Send(Pattern(1 << 20)).ok() ? 0 : 2;
                       }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  ASSERT_OK(SendText(sender_, "from the parent"));
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("small"));
  Message message;
  ASSERT_OK(receiver_.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(1 << 20)));
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("from the parent"));
}

// There is one queue: what one process takes the other does not get.
TEST_F(ForkTest, CopyOfTheReceiverTakesMessagesAway) {
  ASSERT_OK(SendText(sender_, "first"));
  ASSERT_OK(SendText(sender_, "second"));
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([this] {
                         const absl::StatusOr<std::string> text =
                             ReceiveText(receiver_);
                         return text.ok() && *text == "first" ? 0 : 1;
                       }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(ReceiveText(receiver_), IsOkAndHolds("second"));
  Message message;
  EXPECT_THAT(receiver_.TryReceive(message), IsOkAndHolds(false));
}

TEST_F(ForkTest, CopiesThatAreDestroyedDisturbNobody) {
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(receiver_)));
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                         sender_ = Sender();
                         set = ReceiverSet();
                         return 0;
                       }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  ASSERT_OK(SendText(sender_, "still watched"));
  std::vector<ReceiverSet::Event> events(1);
  ASSERT_OK(set.Wait(Soon(), events));
  EXPECT_EQ(Text(events[0].message.payload()), "still watched");
}

// A shell that has started and waits for its input has no end any more.
TEST_F(ForkTest, ExecClosesTheCopies) {
  Pipe input = NewPipe();
  Pipe output = NewPipe();
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                         ::dup2(input.read_end.get(), STDIN_FILENO);
                         ::dup2(output.write_end.get(), STDOUT_FILENO);
                         ::execl("/bin/sh", "sh", "-c",
                                 "echo started; read x; exit 7", nullptr);
                         return 1;
                       }));
  char byte = 0;
  ASSERT_EQ(::read(output.read_end.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 's');
  sender_ = Sender();
  Message message;
  EXPECT_THAT(receiver_.TryReceive(message), StatusIs(kDisconnected));
  ASSERT_EQ(::write(input.write_end.get(), "\n", 1), 1);
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(7)));
}

// Two threads, one of which sends to the other as long as this lives.
class BusyThreads {
 public:
  explicit BusyThreads(ChannelPair pair) {
    threads_.emplace_back([this, sender = std::move(pair.sender)] {
      const std::vector<std::byte> large = Pattern(100'000);
      while (!is_over_) {
        EXPECT_OK(sender.Send(Bytes("small"), Soon()));
        EXPECT_OK(sender.Send(large, Soon()));
      }
    });
    threads_.emplace_back([receiver = std::move(pair.receiver)]() mutable {
      Message message;
      absl::Status status;
      while ((status = receiver.Receive(message)).ok()) continue;
      EXPECT_THAT(status, StatusIs(kDisconnected));
    });
  }
  BusyThreads(const BusyThreads&) = delete;
  BusyThreads& operator=(const BusyThreads&) = delete;
  ~BusyThreads() {
    is_over_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> is_over_ = false;
  std::vector<std::thread> threads_;
};

// Unix ends hold no locks. The child of a process with threads must not count
// on much else, allocating memory for example, and does not here.
TEST_F(ForkTest, ChildOfAProcessWhoseThreadsSendCanUseEveryEnd) {
  ASSERT_OK_AND_ASSIGN(ChannelPair other, CreateUnixChannel());
  const BusyThreads busy(std::move(other));
  const std::vector<std::byte> payload = Pattern(10'000);
  Message message;
  ASSERT_OK(sender_.Send(payload));
  ASSERT_OK(receiver_.Receive(message));  // and so has its memory
  for (int round = 0; round < 20; ++round) {
    ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&] {
                           for (int i = 0; i < 100; ++i) {
                             if (!sender_.Send(payload, Soon()).ok()) return 1;
                             if (!receiver_.Receive(message, Soon()).ok())
                               return 2;
                             if (!Holds(message, payload)) return 3;
                           }
                           return 0;
                         }));
    EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  }
}

// In memory there are two channels from then on, each with one process.
TEST_F(ForkTest, InprocessChannelIsCopiedWithItsQueue) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
  ASSERT_OK(SendText(pair.sender, "queued"));
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&pair] {
                         if (!SendText(pair.sender, "child's").ok()) return 1;
                         const auto first = ReceiveText(pair.receiver);
                         const auto second = ReceiveText(pair.receiver);
                         return first.ok() && *first == "queued" &&
                                        second.ok() && *second == "child's"
                                    ? 0
                                    : 2;
                       }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("queued"));
  pair.sender = Sender();
  EXPECT_THAT(ReceiveText(pair.receiver), StatusIs(kDisconnected));
}

// The parent's descriptor says something else than the child's queue.
TEST_F(ForkTest, ReceiveThatMayBeStoppedWaitsForTheChildsOwnCopy) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
  ASSERT_OK(pair.receiver.NativeWaitable());
  ASSERT_OK(SendText(pair.sender, "queued"));
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child, ChildProcess::Fork([&pair] {
        const std::stop_source source;
        if (!ReceiveText(pair.receiver).ok()) return 1;
        Message message;
        if (!absl::IsDeadlineExceeded(pair.receiver.Receive(
                message, absl::Now() + absl::Milliseconds(20),
                source.get_token()))) {
          return 2;
        }
        std::thread teller([&pair] {
          absl::SleepFor(absl::Milliseconds(20));
          SendText(pair.sender, "late").IgnoreError();
        });
        const absl::Status late = pair.receiver.Receive(
            message, absl::InfiniteFuture(), source.get_token());
        teller.join();
        return late.ok() && Text(message.payload()) == "late" ? 0 : 3;
      }));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("queued"));
}

bool IsReadable(BorrowedFd descriptor) {
  pollfd entry = {.fd = descriptor.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

TEST_F(ForkTest, WaitableOfAnInprocessChannelStaysTheParents) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateInprocessChannel());
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable,
                       pair.receiver.NativeWaitable());
  ASSERT_OK_AND_ASSIGN(ChildProcess sends, ChildProcess::Fork([&pair] {
                         return SendText(pair.sender, "child's").ok() ? 0 : 1;
                       }));
  EXPECT_THAT(sends.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_FALSE(IsReadable(waitable));

  ASSERT_OK(SendText(pair.sender, "queued"));
  ASSERT_OK_AND_ASSIGN(ChildProcess receives, ChildProcess::Fork([&pair] {
                         return ReceiveText(pair.receiver).ok() ? 0 : 1;
                       }));
  EXPECT_THAT(receives.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_TRUE(IsReadable(waitable));
  EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("queued"));
  EXPECT_FALSE(IsReadable(waitable));
}

}  // namespace
}  // namespace ipc_channel::transport
