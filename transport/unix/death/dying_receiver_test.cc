// A receiver that is killed at each system call that it makes: whoever had an
// end of what lay in its queue, or in its hands, is told.

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/testing/syscall_stepper.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unix/death/cargo.h"
#include "ipc_channel/transport/unix/death/stepping_fixture.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::BeginSteps;
using ::ipc_channel_testing::EndSteps;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::StepThrough;
using ::ipc_channel_testing::SyscallStop;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

class DyingReceiverTest : public SteppingTest {
 protected:
  // The child: receives both.
  int Receive(Receiver& receiver, const Cargo& cargo) {
    Message message;
    BeginSteps();
    if (!receiver.Receive(message, Soon()).ok()) return 2;
    progress_->done = 1;
    EndSteps();
    if (!cargo.IsWholeIn(message)) return 3;
    BeginSteps();
    message.Clear();
    if (!receiver.Receive(message, Soon()).ok()) return 4;
    EndSteps();
    return Text(message.payload()) == "after it" ? 0 : 5;
  }

  // The child: the same by a set, which has another receiver in it.
  int ReceiveInASet(Receiver& receiver, Receiver& closed, const Cargo& cargo) {
    std::vector<ReceiverSet::Event> buffer(4);
    std::vector<Message> messages;
    int ends = 0;
    BeginSteps();
    ReceiverSet set;
    if (!set.Add(std::move(receiver)).ok()) return 2;
    if (!set.Add(std::move(closed)).ok()) return 3;
    while (messages.size() < 2 || ends < 1) {
      auto events = set.Wait(Soon(), buffer);
      if (!events.ok()) return 4;
      for (ReceiverSet::Event& event : *events) {
        if (event.status.ok()) {
          messages.push_back(std::move(event.message));
        } else {
          ++ends;
        }
      }
    }
    EndSteps();
    return cargo.IsWholeIn(messages[0]) && ends == 1 ? 0 : 5;
  }
};

INSTANTIATE_TEST_SUITE_P(All, DyingReceiverTest,
                         ::testing::ValuesIn(AllCargo().begin(),
                                             AllCargo().end()),
                         NameOfCargo);

class DyingSetTest : public DyingReceiverTest {};

INSTANTIATE_TEST_SUITE_P(Some, DyingSetTest,
                         ::testing::ValuesIn(RepresentativeCargo().begin(),
                                             RepresentativeCargo().end()),
                         NameOfCargo);

TEST_P(DyingReceiverTest, IsToldToAllWhoAreConcerned) {
  AtEveryStop([this] {
    Cargo cargo(GetParam());
    ChannelPair pair = CreateUnixChannel().value();
    Queue(cargo, pair.sender);
    const auto at_stop = [&](const SyscallStop& stop) {
      pair.receiver = Receiver();  // now it is the child's alone
      if (!IsLast(stop)) return StepTo(stop);
      EXPECT_OK(SendText(pair.sender, "meanwhile")) << stop;
      EXPECT_TRUE(AreConnected(bystander_.sender, bystander_.receiver)) << stop;
      return StepTo(stop);
    };
    const absl::StatusOr<ExitResult> end = StepThrough(
        [&] {
          pair.sender = Sender();
          bystander_ = {};
          cargo.DropWitnesses();
          return Receive(pair.receiver, cargo);
        },
        at_stop);
    WasKilled(end);
    EXPECT_THAT(SendText(pair.sender, "late"),
                StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(cargo.IsGone());
  });
}

TEST_P(DyingSetTest, IsToldToAllWhoAreConcerned) {
  AtEveryStop([this] {
    Cargo cargo(GetParam());
    ChannelPair pair = CreateUnixChannel().value();
    ChannelPair closed = CreateUnixChannel().value();
    closed.sender = Sender();
    Queue(cargo, pair.sender);
    const auto at_stop = [&](const SyscallStop& stop) {
      pair.receiver = Receiver();
      return StepTo(stop);
    };
    const absl::StatusOr<ExitResult> end = StepThrough(
        [&] {
          pair.sender = Sender();
          bystander_ = {};
          cargo.DropWitnesses();
          return ReceiveInASet(pair.receiver, closed.receiver, cargo);
        },
        at_stop);
    WasKilled(end);
    EXPECT_THAT(SendText(pair.sender, "late"),
                StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(cargo.IsGone());
  });
}

// A child that receives some messages and hands the receiver on: either the
// receiver comes with all that was not taken, or its sender is told.
class DyingRelayTest : public SteppingTest {};

constexpr int kMessages = 4;

std::string Number(int number) {
  return std::string(number == 2 ? 100'000 : 10,
                     static_cast<char>('0' + number));
}

// Takes two messages, and hands it on.
int Relay(Receiver& receiver, const Sender& baton, std::atomic<int>& done) {
  BeginSteps();
  for (int number = 0; number < 2; ++number) {
    absl::StatusOr<std::string> text = ReceiveText(receiver);
    if (!text.ok() || *text != Number(number)) return 2;
    done = number + 1;
  }
  if (!baton.Send({}, Lend(receiver), Soon()).ok()) return 3;
  done = 3;
  EndSteps();
  return 0;
}

TEST_F(DyingRelayTest, HandsTheReceiverOnWithAllThatIsQueuedOrNotAtAll) {
  AtEveryStop([this] {
    ChannelPair pair = CreateUnixChannel().value();
    ChannelPair baton = CreateUnixChannel().value();
    for (int number = 0; number < kMessages; ++number) {
      EXPECT_OK(SendText(pair.sender, Number(number)));
    }
    const auto at_stop = [&](const SyscallStop& stop) {
      pair.receiver = Receiver();
      baton.sender = Sender();
      return StepTo(stop);
    };
    const absl::StatusOr<ExitResult> end = StepThrough(
        [&] {
          pair.sender = Sender();
          baton.receiver = Receiver();
          return Relay(pair.receiver, baton.sender, progress_->done);
        },
        at_stop);
    WasKilled(end);
    Message message;
    const absl::Status passed = baton.receiver.Receive(message, Soon());
    if (passed.ok()) {
      EXPECT_GE(progress_->done, 2);
      EXPECT_OK(SendText(pair.sender, "more"));
      pair.sender = Sender();
      Receiver rest = Take<Receiver>(message, 0);
      for (int number = 2; number < kMessages; ++number) {
        EXPECT_THAT(ReceiveText(rest), IsOkAndHolds(Number(number)));
      }
      EXPECT_THAT(ReceiveText(rest), IsOkAndHolds("more"));
      EXPECT_THAT(ReceiveText(rest), StatusIs(absl::StatusCode::kUnavailable));
    } else {
      EXPECT_THAT(passed, StatusIs(absl::StatusCode::kUnavailable));
      EXPECT_LE(progress_->done, 2);
      EXPECT_THAT(SendText(pair.sender, "late"),
                  StatusIs(absl::StatusCode::kUnavailable));
    }
  });
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
