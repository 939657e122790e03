// Waiting in a process that may open nothing, as sandboxes have it: poll()
// takes no more entries than RLIMIT_NOFILE.

#include "ipc_channel/transport/unix/wait.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Text;

absl::Time InAMoment() { return absl::Now() + absl::Milliseconds(20); }

class WaitWithoutPollTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<ChannelPair> pair = CreateUnixChannel();
    ASSERT_THAT(pair, IsOk());
    sender_ = std::move(pair->sender);
    receiver_ = std::move(pair->receiver);
    // UBSan, too, needs a descriptor when it meets a class (scoped_limit.h).
    Message message;
    ASSERT_OK(SendText(sender_, "first"));
    ASSERT_OK(receiver_.Receive(message, Soon()));
  }

  Sender sender_;
  Receiver receiver_;
};

TEST_F(WaitWithoutPollTest, AReceiveEndsAtItsDeadline) {
  Message message;
  absl::Status received;
  {
    const ScopedLimit none(RLIMIT_NOFILE, 0);
    received = receiver_.Receive(message, InAMoment());
  }
  EXPECT_THAT(received, StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(WaitWithoutPollTest, ASendEndsAtItsDeadline) {
  absl::Status sent;
  {
    const ScopedLimit none(RLIMIT_NOFILE, 0);
    while (sent.ok()) {
      sent = sender_.Send(Bytes("filling"), {}, InAMoment());
    }
  }
  EXPECT_THAT(sent, StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(WaitWithoutPollTest, AMessageThatComesMeanwhileIsReceived) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  // UBSan meets the thread's class in the first round.
  for (const rlim_t limit : {before.rlim_cur, rlim_t{0}}) {
    Message message;
    absl::Status received;
    {
      const ScopedLimit scope(RLIMIT_NOFILE, limit);
      std::thread late([this] {
        absl::SleepFor(absl::Milliseconds(20));
        SendText(sender_, "late").IgnoreError();
      });
      received = receiver_.Receive(message, Soon());
      late.join();
    }
    ASSERT_OK(received);
    EXPECT_EQ(Text(message.payload()), "late");
  }
}

TEST_F(WaitWithoutPollTest, WhoWaitsTriesAgainUntilTheDeadline) {
  const BorrowedFd socket = receiver_.lane()->descriptor();
  const ScopedLimit none(RLIMIT_NOFILE, 0);
  EXPECT_TRUE(unix_backend::WaitFor(socket, POLLIN, Soon()));
  EXPECT_FALSE(unix_backend::WaitFor(socket, POLLIN, absl::InfinitePast()));
  EXPECT_TRUE(unix_backend::NapFor(socket, POLLIN, absl::Minutes(1)));
}

TEST(PauseForTest, LastsWhereNothingCanBePolledAndWhereThatIsForbidden) {
  constexpr absl::Duration kPause = absl::Milliseconds(20);
  const auto pause_lasts = [&] {
    const absl::Time begin = absl::Now();
    unix_backend::PauseFor(kPause);
    return absl::Now() - begin >= kPause;
  };
  {
    const ScopedLimit none(RLIMIT_NOFILE, 0);
    EXPECT_TRUE(pause_lasts());
  }
  // What is forbidden is so for this thread only.
  std::thread sandboxed([&] {
    ASSERT_TRUE(unix_backend::DenySyscalls({SYS_ppoll}, EPERM));
    EXPECT_TRUE(pause_lasts());
  });
  sandboxed.join();
}

}  // namespace
}  // namespace ipc_channel::transport
