#include "ipc_channel/examples/loops/on_receive.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

class OnReceiveTest : public ::testing::Test {
 protected:
  // Keeps what comes, and the statuses of what does not.
  OnReceive<int>::Callback Keep() {
    return [this](absl::StatusOr<int> value) {
      if (value.ok()) values_.push_back(*value);
      if (!value.ok()) codes_.push_back(value.status().code());
      if (on_each_) on_each_();
    };
  }

  OnReceive<int> Start(ipc_channel::Receiver<int> receiver) {
    return OnReceive<int>::Start(*loop_, std::move(receiver), Keep()).value();
  }

  void Send(int count) {
    for (int i = 0; i < count; ++i) EXPECT_OK(channel_.sender.Send(i));
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
  ipc_channel::ChannelEnds<int> channel_ = ipc_channel::Channel<int>().value();
  std::vector<int> values_;
  std::vector<absl::StatusCode> codes_;
  std::function<void()> on_each_;
};

TEST_F(OnReceiveTest, CallsFromTheLoopWithWhatCameBeforeAndComesLater) {
  Send(2);
  const OnReceive<int> receiving = Start(std::move(channel_.receiver));
  EXPECT_TRUE(values_.empty());
  RunUntil([&] { return values_.size() == 2; });
  Send(1);
  RunUntil([&] { return values_.size() == 3; });
  EXPECT_THAT(values_, ElementsAre(0, 1, 0));
  EXPECT_TRUE(codes_.empty());
}

TEST_F(OnReceiveTest, TheEndIsTheLastCall) {
  const OnReceive<int> receiving = Start(std::move(channel_.receiver));
  Send(1);
  channel_.sender = {};
  RunUntil([&] { return !codes_.empty(); });
  RunWhatThereIs();
  EXPECT_THAT(values_, ElementsAre(0));
  EXPECT_THAT(codes_, ElementsAre(absl::StatusCode::kUnavailable));
}

TEST_F(OnReceiveTest, ALostMessageIsToldAndTheRestComes) {
  const FaultInjector faults(
      FaultPlan()
          .LoseMessage(1, absl::DataLossError("bad"))
          .LoseMessage(3, absl::ResourceExhaustedError("no descriptors")));
  const OnReceive<int> receiving = Start(ipc_channel::Receiver<int>(
      faults.Wrap(std::move(channel_.receiver.raw()))));
  Send(4);
  RunUntil([&] { return values_.size() == 2; });
  EXPECT_THAT(values_, ElementsAre(1, 3));
  EXPECT_THAT(codes_, ElementsAre(absl::StatusCode::kDataLoss,
                                  absl::StatusCode::kResourceExhausted));
}

TEST_F(OnReceiveTest, AShortageIsFollowedByAPause) {
  const FaultInjector faults(
      FaultPlan().LoseMessage(1, absl::ResourceExhaustedError("no memory")));
  const OnReceive<int> receiving = Start(ipc_channel::Receiver<int>(
      faults.Wrap(std::move(channel_.receiver.raw()))));
  Send(2);
  absl::Time shortage;
  on_each_ = [&] {
    if (values_.empty()) shortage = absl::Now();
  };
  RunUntil([&] { return values_.size() == 1; });
  EXPECT_GE(absl::Now() - shortage, absl::Milliseconds(50));
}

TEST_F(OnReceiveTest, TheCallbackMayEndIt) {
  std::optional<OnReceive<int>> receiving(Start(std::move(channel_.receiver)));
  on_each_ = [&] { receiving.reset(); };
  Send(2);
  RunUntil([&] { return !values_.empty(); });
  RunWhatThereIs();
  EXPECT_THAT(values_, ElementsAre(0));
  EXPECT_THAT(channel_.sender.TrySend(1),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(OnReceiveTest, TheCallbackMayEndItAtALostMessageToo) {
  const FaultInjector faults(
      FaultPlan().LoseMessages(1, absl::DataLossError("bad")));
  std::optional<OnReceive<int>> receiving(Start(ipc_channel::Receiver<int>(
      faults.Wrap(std::move(channel_.receiver.raw())))));
  on_each_ = [&] { receiving.reset(); };
  Send(2);
  RunUntil([&] { return !codes_.empty(); });
  RunWhatThereIs();
  EXPECT_THAT(codes_, ElementsAre(absl::StatusCode::kDataLoss));
}

TEST_F(OnReceiveTest, DestroyingItClosesTheReceiverAndCallsNothing) {
  Send(1);
  { const OnReceive<int> receiving = Start(std::move(channel_.receiver)); }
  RunWhatThereIs();
  EXPECT_TRUE(values_.empty());
  EXPECT_THAT(channel_.sender.TrySend(1),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(OnReceiveTest, AssigningAnotherEndsTheFirst) {
  OnReceive<int> receiving = Start(std::move(channel_.receiver));
  auto other = ipc_channel::Channel<int>().value();
  receiving = Start(std::move(other.receiver));
  EXPECT_THAT(channel_.sender.TrySend(1),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_OK(other.sender.Send(7));
  RunUntil([&] { return !values_.empty(); });
  EXPECT_THAT(values_, ElementsAre(7));
}

TEST_F(OnReceiveTest, AFloodLeavesTurnsToOthers) {
  const OnReceive<int> flooded = Start(std::move(channel_.receiver));
  auto other = ipc_channel::Channel<int>().value();
  std::optional<std::size_t> before;
  const auto served = OnReceive<int>::Start(
      *loop_, std::move(other.receiver),
      [&](absl::StatusOr<int>) { before = values_.size(); });
  ASSERT_OK(served);
  // As many are queued at any time.
  on_each_ = [&] { Send(1); };
  Send(50);
  EXPECT_OK(other.sender.Send(1));
  RunUntil([&] { return before.has_value(); });
  EXPECT_LT(*before, 50u);
}

TEST_F(OnReceiveTest, RefusesAnEmptyReceiver) {
  EXPECT_THAT(OnReceive<int>::Start(*loop_, {}, Keep()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace loops
