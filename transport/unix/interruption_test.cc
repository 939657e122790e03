// A signal that interrupts system calls, again and again, must not show.

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::Fill;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;

std::atomic<int> interruptions = 0;

void CountInterruption(int) { interruptions.fetch_add(1); }

// Interrupts the thread that made it, without SA_RESTART.
class InterruptionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    struct sigaction action = {};
    action.sa_handler = CountInterruption;
    ASSERT_EQ(::sigaction(SIGUSR1, &action, &before_), 0);
    interruptions = 0;
    interrupting_ = std::thread([this, target = ::pthread_self()] {
      while (!is_over_) {
        ::pthread_kill(target, SIGUSR1);
        absl::SleepFor(absl::Microseconds(500));
      }
    });
  }
  void TearDown() override {
    is_over_ = true;
    interrupting_.join();
    ASSERT_EQ(::sigaction(SIGUSR1, &before_, nullptr), 0);
  }

  // Waits, on another thread, until the one under test was interrupted often.
  static void AwaitInterruptions() {
    const int enough = interruptions + 20;
    while (interruptions < enough) std::this_thread::yield();
  }

 private:
  struct sigaction before_;
  std::atomic<bool> is_over_ = false;
  std::thread interrupting_;
};

TEST_F(InterruptionTest, ReceiveIsNotDisturbed) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  for (const absl::Time deadline : {absl::InfiniteFuture(), Soon()}) {
    std::thread sending([&pair] {
      AwaitInterruptions();
      EXPECT_OK(pair.sender.Send(Bytes("waited for")));
    });
    Message message;
    EXPECT_OK(pair.receiver.Receive(message, deadline));
    sending.join();
  }
}

TEST_F(InterruptionTest, ReceiveKeepsItsDeadline) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  const absl::Time deadline = absl::Now() + absl::Milliseconds(50);
  Message message;
  EXPECT_THAT(pair.receiver.Receive(message, deadline),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now(), deadline);
}

TEST_F(InterruptionTest, SendIsNotDisturbed) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  for (const absl::Time deadline : {absl::InfiniteFuture(), Soon()}) {
    ASSERT_OK_AND_ASSIGN(const int count, Fill(pair.sender));
    std::thread receiving([&pair, count] {
      AwaitInterruptions();
      for (int i = 0; i < count; ++i) {
        EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("filler"));
      }
    });
    EXPECT_OK(pair.sender.Send(Bytes("waited"), deadline));
    receiving.join();
    EXPECT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("waited"));
  }
}

TEST_F(InterruptionTest, SendKeepsItsDeadline) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  ASSERT_OK(Fill(pair.sender));
  const absl::Time deadline = absl::Now() + absl::Milliseconds(50);
  EXPECT_THAT(pair.sender.Send({}, deadline),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(absl::Now(), deadline);
}

TEST_F(InterruptionTest, LargePayloadsArriveIntact) {
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  Message message;
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(pair.sender.Send(Pattern(20 << 20, i)));
    ASSERT_OK(pair.receiver.Receive(message));
    EXPECT_TRUE(Holds(message, Pattern(20 << 20, i)));
  }
}

}  // namespace
}  // namespace ipc_channel::transport
