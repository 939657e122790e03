// A process that is stopped and continued while it waits must not notice: on
// Linux that ends epoll_wait() and the timed calls with EINTR though there is
// no handler (signal(7)).

#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <optional>
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
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Fill;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::Text;

constexpr int kRequests = 7;
constexpr int kAnswers = 8;

absl::Time DeadlineOf(const std::vector<std::string>& args) {
  return args.at(0) == "for ever" ? absl::InfiniteFuture() : Soon();
}

IPC_CHANNEL_CHILD_MAIN(WaitInAReceive) {
  Receiver requests = AdoptUnixReceiver(UniqueFd(kRequests)).value();
  const Sender answers = AdoptUnixSender(UniqueFd(kAnswers)).value();
  if (!SendText(answers, "waiting").ok()) return 101;
  Message message;
  const absl::Status status = requests.Receive(message, DeadlineOf(args));
  if (!status.ok()) return static_cast<int>(status.code());
  return SendText(answers, Text(message.payload())).ok() ? 0 : 102;
}

IPC_CHANNEL_CHILD_MAIN(WaitInASet) {
  ReceiverSet set;
  if (!set.Add(AdoptUnixReceiver(UniqueFd(kRequests)).value()).ok()) return 100;
  const Sender answers = AdoptUnixSender(UniqueFd(kAnswers)).value();
  if (!SendText(answers, "waiting").ok()) return 101;
  std::vector<ReceiverSet::Event> buffer(1);
  const absl::StatusOr<std::span<ReceiverSet::Event>> events =
      set.Wait(DeadlineOf(args), buffer);
  if (!events.ok()) return static_cast<int>(events.status().code());
  return SendText(answers, Text(buffer[0].message.payload())).ok() ? 0 : 102;
}

// Waits for room in the channel of the answers, once asked to: by then nothing
// is taken out of it.
IPC_CHANNEL_CHILD_MAIN(WaitInASend) {
  Receiver requests = AdoptUnixReceiver(UniqueFd(kRequests)).value();
  const Sender answers = AdoptUnixSender(UniqueFd(kAnswers)).value();
  if (!SendText(answers, "waiting").ok()) return 101;
  if (!ReceiveText(requests).ok() || !Fill(answers).ok()) return 102;
  const absl::Status status = answers.Send(Bytes("request"), DeadlineOf(args));
  return static_cast<int>(status.code());
}

class StoppedProcessTest : public ::testing::TestWithParam<std::string> {
  ExpectNoFdLeak no_leak_;

 protected:
  void Start(const std::string& name) {
    ASSERT_OK_AND_ASSIGN(ChannelPair requests, CreateUnixChannel());
    ASSERT_OK_AND_ASSIGN(ChannelPair answers, CreateUnixChannel());
    ExecOptions options;
    options.descriptors = {
        {kRequests, requests.receiver.lane()->descriptor().get()},
        {kAnswers, answers.sender.lane()->descriptor().get()}};
    absl::StatusOr<ChildProcess> child =
        ChildProcess::Exec(name, {GetParam()}, options);
    ASSERT_OK(child);
    child_ = *std::move(child);
    requests_ = std::move(requests.sender);
    answers_ = std::move(answers.receiver);
    ASSERT_THAT(ReceiveText(answers_), IsOkAndHolds("waiting"));
  }

  // Stops and continues the child several times, so that it happens while it
  // waits, not on its way there only.
  void StopAndContinue() {
    for (int i = 0; i < 5; ++i) {
      absl::SleepFor(absl::Milliseconds(3));
      ASSERT_OK(child_->Kill(SIGSTOP));
      ASSERT_TRUE(HasBecome(WSTOPPED));
      ASSERT_OK(child_->Kill(SIGCONT));
      ASSERT_TRUE(HasBecome(WCONTINUED));
    }
  }

  void ExpectEnded() {
    EXPECT_THAT(child_->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  }

  Sender requests_;
  Receiver answers_;

 private:
  // Waits, Soon(), until the child has stopped or gone on.
  bool HasBecome(int state) {
    const absl::Time deadline = Soon();
    siginfo_t info;
    do {
      std::memset(&info, 0, sizeof(info));
      if (::waitid(P_PID, child_->pid(), &info, state | WNOHANG) != 0) {
        return false;
      }
      if (info.si_pid != 0) return true;
      absl::SleepFor(absl::Microseconds(200));
    } while (absl::Now() < deadline);
    return false;
  }

  std::optional<ChildProcess> child_;
};

INSTANTIATE_TEST_SUITE_P(Deadlines, StoppedProcessTest,
                         ::testing::Values("for ever", "soon"),
                         [](const ::testing::TestParamInfo<std::string>& info) {
                           return info.param == "soon" ? "Soon" : "ForEver";
                         });

TEST_P(StoppedProcessTest, ReceiveGoesOnWaiting) {
  ASSERT_NO_FATAL_FAILURE(Start("WaitInAReceive"));
  ASSERT_NO_FATAL_FAILURE(StopAndContinue());
  ASSERT_OK(SendText(requests_, "request"));
  EXPECT_THAT(ReceiveText(answers_), IsOkAndHolds("request"));
  ExpectEnded();
}

TEST_P(StoppedProcessTest, SetGoesOnWaiting) {
  ASSERT_NO_FATAL_FAILURE(Start("WaitInASet"));
  ASSERT_NO_FATAL_FAILURE(StopAndContinue());
  ASSERT_OK(SendText(requests_, "request"));
  EXPECT_THAT(ReceiveText(answers_), IsOkAndHolds("request"));
  ExpectEnded();
}

TEST_P(StoppedProcessTest, SendGoesOnWaiting) {
  ASSERT_NO_FATAL_FAILURE(Start("WaitInASend"));
  ASSERT_OK(SendText(requests_, "begin"));
  ASSERT_NO_FATAL_FAILURE(StopAndContinue());
  absl::StatusOr<std::string> text;
  while ((text = ReceiveText(answers_)).ok() && *text == "filler") continue;
  EXPECT_THAT(text, IsOkAndHolds("request"));
  ExpectEnded();
}

}  // namespace
}  // namespace ipc_channel::transport
