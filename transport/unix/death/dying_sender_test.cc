// A sender that is killed at each system call that it makes, and what becomes
// of its message: all of it comes, or nothing. The coordinator holds a second
// sender of the same channel.

#include <errno.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/testing/syscall_stepper.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unix/death/cargo.h"
#include "ipc_channel/transport/unix/death/stepping_fixture.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::BeginSteps;
using ::ipc_channel_testing::EndSteps;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::StepThrough;
using ::ipc_channel_testing::SyscallStop;
using ::ipc_channel_testing::Text;
using ::testing::Contains;

class DyingSenderTest : public SteppingTest {
 protected:
  // The child: sends the cargo and a word more.
  int Send(ChannelPair& pair, Cargo& cargo) {
    pair.receiver = Receiver();
    bystander_ = {};
    cargo.DropWitnesses();
    if (cargo.spec().without_memfd && !DenyMemfdAndLargeBuffers(ENOSYS)) {
      return 2;
    }
    BeginSteps();
    if (!cargo.SendTo(pair.sender).ok()) return 3;
    progress_->done = 1;
    if (!SendText(pair.sender, "after it").ok()) return 4;
    progress_->done = 2;
    EndSteps();
    return 0;
  }

  // What comes out before `last`, with the cargo checked. The child sent it
  // before it was stopped, so nothing of it comes after what was sent then.
  std::vector<std::string> TextsUntil(const std::string& last,
                                      Receiver& receiver, Cargo& cargo) {
    std::vector<std::string> texts;
    while (true) {
      Message message;
      absl::Status status = receiver.Receive(message, Soon());
      if (!status.ok()) {
        ADD_FAILURE() << status;
        return texts;
      }
      const std::string text = Text(message.payload());
      if (text == last) return texts;
      const bool is_known = text == "meanwhile" || text == "after it";
      texts.push_back(is_known ? text : "cargo");
      if (is_known) continue;
      EXPECT_TRUE(cargo.IsWholeIn(message));
      EXPECT_TRUE(cargo.WorksIn(message));
    }
  }

  // What may come of a child that said that much.
  void ExpectAccepted(const std::vector<std::string>& texts, bool killed) {
    std::vector<std::string> sent = {"cargo", "after it"};
    std::vector<std::vector<std::string>> allowed;
    const std::size_t done = static_cast<std::size_t>(progress_->done);
    for (std::size_t more = 0; more <= (killed ? 1 : 0); ++more) {
      if (done + more > sent.size()) break;
      allowed.emplace_back(sent.begin(), sent.begin() + done + more);
      if (killed) allowed.back().push_back("meanwhile");
    }
    EXPECT_THAT(allowed, Contains(texts));
  }
};

INSTANTIATE_TEST_SUITE_P(All, DyingSenderTest,
                         ::testing::ValuesIn(AllCargo().begin(),
                                             AllCargo().end()),
                         NameOfCargo);

class DyingLastSenderTest : public DyingSenderTest {};

INSTANTIATE_TEST_SUITE_P(Some, DyingLastSenderTest,
                         ::testing::ValuesIn(RepresentativeCargo().begin(),
                                             RepresentativeCargo().end()),
                         NameOfCargo);

TEST_P(DyingSenderTest, LeavesItsMessageWholeOrNotAtAll) {
  AtEveryStop([this] {
    Cargo cargo(GetParam());
    ChannelPair pair = CreateUnixChannel().value();
    const auto at_stop = [&](const SyscallStop& stop) {
      if (!IsLast(stop)) return StepTo(stop);
      // Whatever it is in the middle of holds up nobody.
      EXPECT_OK(SendText(pair.sender, "meanwhile"));
      EXPECT_TRUE(AreConnected(bystander_.sender, bystander_.receiver)) << stop;
      return StepTo(stop);
    };
    const absl::StatusOr<ExitResult> end =
        StepThrough([&] { return Send(pair, cargo); }, at_stop);
    const bool killed = WasKilled(end);
    cargo.DropFreight();

    EXPECT_OK(SendText(pair.sender, "still works"));
    ExpectAccepted(TextsUntil("still works", pair.receiver, cargo), killed);
    pair.sender = Sender();
    EXPECT_THAT(ReceiveText(pair.receiver),
                StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(cargo.IsGone());
  });
}

// It alone held the channel: what it said was accepted comes before the end.
TEST_P(DyingLastSenderTest, EndsTheChannelAfterWhatWasAccepted) {
  AtEveryStop([this] {
    Cargo cargo(GetParam());
    ChannelPair pair = CreateUnixChannel().value();
    const auto at_stop = [&](const SyscallStop& stop) {
      pair.sender = Sender();
      cargo.DropFreight();
      return StepTo(stop);
    };
    const absl::StatusOr<ExitResult> end =
        StepThrough([&] { return Send(pair, cargo); }, at_stop);
    const bool killed = WasKilled(end);

    int received = 0;
    Message message;
    absl::Status status;
    while ((status = pair.receiver.Receive(message, Soon())).ok()) {
      if (received++ == 0) {
        EXPECT_TRUE(cargo.IsWholeIn(message));
      } else {
        EXPECT_EQ(Text(message.payload()), "after it");
      }
    }
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_GE(received, progress_->done);
    EXPECT_LE(received, progress_->done + (killed ? 1 : 0));
    EXPECT_TRUE(cargo.IsGone());
  });
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
