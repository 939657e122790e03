#include "ipc_channel/examples/loops/send_queue.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/loop/loop.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/fault_injection.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace loops {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FaultInjector;
using ::ipc_channel_testing::FaultPlan;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// More than a small channel holds.
constexpr int kMany = 1'000;

class SendQueueTest : public ::testing::Test {
 protected:
  SendQueue<int> Make(ipc_channel::Sender<int> sender) {
    return SendQueue<int>::Make(*loop_, std::move(sender),
                                [this](const absl::Status& status) {
                                  codes_.push_back(status.code());
                                  if (on_each_) on_each_();
                                })
        .value();
  }

  static void SendMany(SendQueue<int>& queue) {
    for (int i = 0; i < kMany; ++i) EXPECT_OK(queue.Send(i));
    EXPECT_GT(queue.size(), 0u);
  }

  // Receives, and lets the loop go round, until `count` values have come.
  void ReceiveInOrder(int count) {
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    for (int i = 0; i < count && absl::Now() < give_up;) {
      auto value = channel_.receiver.TryRecv();
      ASSERT_OK(value);
      if (!value->has_value()) {
        loop_->RunOnce(give_up);
        continue;
      }
      ASSERT_EQ(**value, i);
      ++i;
    }
  }

  void RunUntil(absl::FunctionRef<bool()> condition) {
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    while (!condition() && absl::Now() < give_up) loop_->RunOnce(give_up);
    EXPECT_TRUE(condition());
  }
  void RunWhatThereIs() {
    while (loop_->RunOnce(absl::InfinitePast())) continue;
  }

  ExpectNoFdLeak no_leak_;
  std::unique_ptr<ipc_channel::EventLoop> loop_ =
      ipc_channel::NewEventLoop().value();
  ipc_channel::ChannelEnds<int> channel_ =
      ipc_channel::Channel<int>({.capacity = {{.messages = 4}}}).value();
  std::vector<absl::StatusCode> codes_;
  std::function<void()> on_each_;
};

TEST_F(SendQueueTest, SendsAtOnceWhereThereIsRoom) {
  SendQueue<int> queue = Make(channel_.sender);
  EXPECT_OK(queue.Send(7));
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_THAT(channel_.receiver.TryRecv(),
              ipc_channel_testing::IsOkAndHolds(std::optional<int>(7)));
  RunWhatThereIs();
  EXPECT_THAT(codes_, IsEmpty());
}

TEST_F(SendQueueTest, SendsAllInOrderAsRoomComesAndSaysWhen) {
  SendQueue<int> queue = Make(channel_.sender);
  SendMany(queue);
  ReceiveInOrder(kMany);
  RunUntil([&] { return !codes_.empty(); });
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_THAT(codes_, ElementsAre(absl::StatusCode::kOk));
}

TEST_F(SendQueueTest, FinishDropsTheSenderOnceAllIsSent) {
  SendQueue<int> queue = Make(std::exchange(channel_.sender, {}));
  SendMany(queue);
  queue.Finish();
  EXPECT_THAT(queue.Send(1), StatusIs(absl::StatusCode::kFailedPrecondition));
  ReceiveInOrder(kMany);
  RunUntil([&] { return !codes_.empty(); });
  EXPECT_THAT(channel_.receiver.TryRecv(),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(SendQueueTest, FinishWithNothingWaitingDropsTheSenderAtOnce) {
  SendQueue<int> queue = Make(std::exchange(channel_.sender, {}));
  queue.Finish();
  EXPECT_THAT(channel_.receiver.TryRecv(),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(SendQueueTest, AReceiverThatIsGoneIsTheLastCall) {
  SendQueue<int> queue = Make(channel_.sender);
  SendMany(queue);
  channel_.receiver = {};
  RunUntil([&] { return !codes_.empty(); });
  RunWhatThereIs();
  EXPECT_THAT(codes_, ElementsAre(absl::StatusCode::kUnavailable));
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_THAT(queue.Send(1), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SendQueueTest, AnErrorCostsItsValueOnly) {
  const FaultInjector faults(
      FaultPlan()
          .StallSend(1)  // the first waits
          .FailSend(2, absl::OutOfRangeError("too large")));
  SendQueue<int> queue =
      Make(ipc_channel::Sender<int>(faults.Wrap(channel_.sender.raw())));
  EXPECT_OK(queue.Send(1));
  EXPECT_OK(queue.Send(2));
  RunUntil([&] { return codes_.size() == 2; });
  EXPECT_THAT(codes_, ElementsAre(absl::StatusCode::kOutOfRange,
                                  absl::StatusCode::kOk));
  EXPECT_THAT(channel_.receiver.TryRecv(),
              ipc_channel_testing::IsOkAndHolds(std::optional<int>(2)));
}

TEST_F(SendQueueTest, AnErrorOfASendAtOnceIsGivenToTheCaller) {
  SendQueue<int> queue = Make(channel_.sender);
  channel_.receiver = {};
  EXPECT_THAT(queue.Send(1), StatusIs(absl::StatusCode::kUnavailable));
  RunWhatThereIs();
  EXPECT_THAT(codes_, IsEmpty());
}

TEST_F(SendQueueTest, TheCallbackMaySendMore) {
  SendQueue<int> queue = Make(channel_.sender);
  on_each_ = [&] {
    if (codes_.size() == 1) SendMany(queue);
  };
  SendMany(queue);
  ReceiveInOrder(kMany);
  ReceiveInOrder(kMany);
  RunUntil([&] { return codes_.size() == 2; });
}

TEST_F(SendQueueTest, TheCallbackMayEndIt) {
  std::optional<SendQueue<int>> queue(Make(std::exchange(channel_.sender, {})));
  on_each_ = [&] { queue.reset(); };
  SendMany(*queue);
  ReceiveInOrder(kMany);
  RunUntil([&] { return !codes_.empty(); });
  RunWhatThereIs();
  EXPECT_THAT(channel_.receiver.TryRecv(),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(SendQueueTest, DestroyingItDropsWhatWaits) {
  {
    SendQueue<int> queue = Make(std::exchange(channel_.sender, {}));
    SendMany(queue);
  }
  int received = 0;
  for (const auto& value : channel_.receiver) received += value.ok() ? 1 : 0;
  EXPECT_LT(received, kMany);
  RunWhatThereIs();
  EXPECT_THAT(codes_, IsEmpty());
}

TEST_F(SendQueueTest, KeepsReceiversInValuesUntilTheyAreSent) {
  auto outer = ipc_channel::Channel<ipc_channel::Receiver<int>>(
                   {.capacity = {{.messages = 1}}})
                   .value();
  auto queue = SendQueue<ipc_channel::Receiver<int>>::Make(
      *loop_, outer.sender,
      [](const absl::Status& status) { EXPECT_OK(status); });
  ASSERT_OK(queue);
  std::vector<ipc_channel::Sender<int>> senders;
  while (queue->size() < 3) {
    auto inner = ipc_channel::Channel<int>().value();
    EXPECT_OK(inner.sender.Send(static_cast<int>(senders.size())));
    senders.push_back(inner.sender);
    EXPECT_OK(queue->Send(std::move(inner.receiver)));
  }
  for (int i = 0; i < static_cast<int>(senders.size());) {
    auto inner = outer.receiver.TryRecv();
    ASSERT_OK(inner);
    if (!inner->has_value()) {
      loop_->RunOnce(absl::Now() + absl::Seconds(1));
      continue;
    }
    EXPECT_THAT((**inner).Recv(), ipc_channel_testing::IsOkAndHolds(i));
    ++i;
  }
}

TEST_F(SendQueueTest, RefusesAnEmptySender) {
  EXPECT_THAT(SendQueue<int>::Make(*loop_, {}, [](const absl::Status&) {}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace loops
