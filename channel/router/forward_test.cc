// Forwards: from channels to queues, from queues to channels.

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/inprocess_channel.h"
#include "ipc_channel/channel/router/forward_options.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/channel/router/test_helpers.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/testing/fault_injection.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FaultInjector;
using ::ipc_channel_testing::FaultPlan;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

constexpr absl::StatusCode kGone = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class ForwardTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  // What becomes of messages and of the forward itself.
  ForwardOptions Reporting() {
    return {.undeliverable =
                [this](const absl::Status& why) {
                  reports_.Add(static_cast<int>(why.code()));
                },
            .closed =
                [this](const absl::Status& why) {
                  reports_.Add(-static_cast<int>(why.code()));
                }};
  }

  Reports<int> reports_;  // outlives what reports
  const std::unique_ptr<Router> router_ = MakeRouter();
};

TEST_F(ForwardTest, QueuedMessagesComeOutOfTheQueue) {
  ChannelEnds<std::string> ends = MakeChannel<std::string>();
  ASSERT_OK(ends.sender.Send("queued before"));
  ASSERT_OK_AND_ASSIGN(Receiver<std::string> queue,
                       router_->RouteToQueue(std::move(ends.receiver)));
  EXPECT_THAT(queue.RecvUntil(Soon()), IsOkAndHolds("queued before"));
  ASSERT_OK(ends.sender.Send("and after"));
  EXPECT_THAT(queue.RecvUntil(Soon()), IsOkAndHolds("and after"));
  ends.sender = {};
  EXPECT_THAT(queue.RecvUntil(Soon()), StatusIs(kGone));
}

TEST_F(ForwardTest, QueueHasTheLimitsOfTheReceiver) {
  ChannelEnds<std::string> ends =
      MakeChannel<std::string>({.max_message_bytes = 5000});
  serialize::DecodeLimits limits;
  limits.max_depth = 3;
  ends.receiver.SetDecodeLimits(limits);
  ASSERT_OK_AND_ASSIGN(Receiver<std::string> queue,
                       router_->RouteToQueue(std::move(ends.receiver)));
  EXPECT_EQ(queue.raw().max_message_bytes(), 5000u);
  EXPECT_EQ(queue.decode_limits().max_depth, 3u);
}

TEST_F(ForwardTest, BytesComeOutOfTheQueue) {
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  ASSERT_OK_AND_ASSIGN(BytesReceiver queue,
                       router_->RouteToQueue(std::move(ends.receiver)));
  const std::string large(300'000, 'x');
  ASSERT_OK(ends.sender.Send("small"));
  ASSERT_OK(ends.sender.Send(large));
  absl::StatusOr<Bytes> bytes = queue.RecvUntil(Soon());
  ASSERT_OK(bytes);
  EXPECT_EQ(bytes->text(), "small");
  bytes = queue.RecvUntil(Soon());
  ASSERT_OK(bytes);
  EXPECT_EQ(bytes->text(), large);
}

TEST_F(ForwardTest, FullQueueStopsTheSourceAndLosesNothing) {
  constexpr int kMessages = 600;
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(Receiver<int> queue,
                       router_->RouteToQueue(std::move(ends.receiver),
                                             {.capacity = {{.messages = 2}}}));
  // The sender feels it: two are in the queue, one is held.
  int sent = 0;
  absl::Status status;
  EXPECT_TRUE(Eventually([&] {
    while ((status = ends.sender.TrySend(sent)).ok()) ++sent;
    return IsFull(status) && router_->stats().forwards_waiting == 1;
  }));
  EXPECT_EQ(router_->stats().callbacks_running, 0u);
  EXPECT_EQ(router_->stats().messages_delivered, 2u);
  std::thread thread([&] {
    for (; sent < kMessages; ++sent) EXPECT_OK(ends.sender.Send(sent));
    ends.sender = {};
  });
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_THAT(queue.RecvUntil(Soon()), IsOkAndHolds(i));
  }
  EXPECT_THAT(queue.RecvUntil(Soon()), StatusIs(kGone));
  thread.join();
  EXPECT_TRUE(Eventually([&] {
    return router_->stats().messages_delivered ==
           static_cast<std::uint64_t>(kMessages);
  }));
}

TEST_F(ForwardTest, FullChannelStopsTheSourceAndLosesNothing) {
  constexpr int kMessages = 1000;
  ChannelEnds<int> queue = MakeQueue<int>({.capacity = {{.messages = 4}}});
  ChannelEnds<int> channel = MakeChannel<int>({.capacity = {{.messages = 4}}});
  ASSERT_OK(
      router_->Forward(std::move(queue.receiver), std::move(channel.sender)));
  std::thread thread([&] {
    for (int i = 0; i < kMessages; ++i) EXPECT_OK(queue.sender.Send(i));
    queue.sender = {};
  });
  EXPECT_TRUE(
      Eventually([&] { return router_->stats().forwards_waiting == 1; }));
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_THAT(channel.receiver.RecvUntil(Soon()), IsOkAndHolds(i));
  }
  EXPECT_THAT(channel.receiver.RecvUntil(Soon()), StatusIs(kGone));
  thread.join();
}

TEST_F(ForwardTest, OneThatWaitsHoldsUpNoOther) {
  ChannelEnds<int> stuck = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(const Receiver<int> full,
                       router_->RouteToQueue(std::move(stuck.receiver),
                                             {.capacity = {{.messages = 1}}}));
  for (int i = 0; i < 5; ++i) ASSERT_OK(stuck.sender.Send(i));
  EXPECT_TRUE(
      Eventually([&] { return router_->stats().forwards_waiting == 1; }));
  ChannelEnds<int> other = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(Receiver<int> queue,
                       router_->RouteToQueue(std::move(other.receiver)));
  for (int i = 0; i < 50; ++i) {
    ASSERT_OK(other.sender.Send(i));
    EXPECT_THAT(queue.RecvUntil(Soon()), IsOkAndHolds(i));
  }
}

TEST_F(ForwardTest, DroppedQueueIsToldToTheSenders) {
  ChannelEnds<int> ends = MakeChannel<int>();
  {
    ASSERT_OK(router_->RouteToQueue(std::move(ends.receiver), {}, Reporting()));
  }
  // The next message finds out.
  EXPECT_TRUE(
      Eventually([&] { return IsDisconnected(ends.sender.TrySend(1)); }));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(-static_cast<int>(kGone)));
  EXPECT_TRUE(Eventually([&] { return router_->stats().routes == 0; }));
}

TEST_F(ForwardTest, QueueThatIsDroppedWhileItIsFullIsNoticed) {
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(
      Receiver<int> queue,
      router_->RouteToQueue(std::move(ends.receiver),
                            {.capacity = {{.messages = 1}}}, Reporting()));
  for (int i = 0; i < 3; ++i) ASSERT_OK(ends.sender.Send(i));
  EXPECT_TRUE(
      Eventually([&] { return router_->stats().forwards_waiting == 1; }));
  queue = {};
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(-static_cast<int>(kGone)));
  EXPECT_THAT(ends.sender.Send(1), StatusIs(kGone));
}

TEST_F(ForwardTest, RemovedForwardDropsBothEndsAndWhatItHolds) {
  ChannelEnds<Sender<int>> ends = MakeChannel<Sender<int>>();
  ChannelEnds<Sender<int>> queue =
      MakeQueue<Sender<int>>({.capacity = {{.messages = 1}}});
  ASSERT_OK_AND_ASSIGN(const RouteId id,
                       router_->Forward(std::move(ends.receiver),
                                        std::move(queue.sender), Reporting()));
  ChannelEnds<int> first = MakeChannel<int>();
  ChannelEnds<int> held = MakeChannel<int>();
  ASSERT_OK(ends.sender.Send(std::move(first.sender)));
  ASSERT_OK(ends.sender.Send(std::move(held.sender)));
  EXPECT_TRUE(
      Eventually([&] { return router_->stats().forwards_waiting == 1; }));
  ASSERT_OK(router_->RemoveRoute(id));
  EXPECT_THAT(held.receiver.RecvUntil(Soon()), StatusIs(kGone));
  ChannelEnds<int> late = MakeChannel<int>();
  EXPECT_THAT(ends.sender.Send(late.sender), StatusIs(kGone));
  EXPECT_OK(queue.receiver.RecvUntil(Soon()));
  EXPECT_THAT(queue.receiver.RecvUntil(Soon()), StatusIs(kGone));
  EXPECT_TRUE(reports_.AreOver());
}

struct Parcel {
  Sender<int> sender;
  Receiver<int> receiver;
  UniqueFd file;
  SharedMemory memory;
};

TEST_F(ForwardTest, HandlesTravelThroughChannelsAndQueues) {
  // A channel, a queue, and a channel again.
  ChannelEnds<Parcel> first = MakeChannel<Parcel>();
  ChannelEnds<Parcel> last = MakeChannel<Parcel>();
  ASSERT_OK_AND_ASSIGN(Receiver<Parcel> queue,
                       router_->RouteToQueue(std::move(first.receiver)));
  ASSERT_OK(router_->Forward(std::move(queue), std::move(last.sender)));

  ChannelEnds<int> one = MakeChannel<int>();
  ChannelEnds<int> two = MakeChannel<int>();
  std::array<int, 2> pipe = {-1, -1};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const UniqueFd read_end(pipe[0]);
  ASSERT_OK_AND_ASSIGN(
      SharedMemory memory,
      SharedMemory::CopyOf(std::as_bytes(std::span("content"))));
  ASSERT_OK(two.sender.Send(2));
  ASSERT_OK(
      first.sender.Send(Parcel{std::move(one.sender), std::move(two.receiver),
                               UniqueFd(pipe[1]), std::move(memory)}));
  {
    ASSERT_OK_AND_ASSIGN(Parcel parcel, last.receiver.RecvUntil(Soon()));
    ASSERT_OK(parcel.sender.Send(1));
    EXPECT_THAT(one.receiver.RecvUntil(Soon()), IsOkAndHolds(1));
    EXPECT_THAT(parcel.receiver.RecvUntil(Soon()), IsOkAndHolds(2));
    EXPECT_EQ(::write(parcel.file.get(), "x", 1), 1);
    EXPECT_EQ(parcel.memory.bytes().size(), sizeof("content"));
  }
  // No copy of anything is kept on the way, once the thread that has sent it
  // goes on.
  EXPECT_THAT(one.receiver.RecvUntil(Soon()), StatusIs(kGone));
  EXPECT_TRUE(Eventually([&] { return IsDisconnected(two.sender.Send(1)); }));
  char byte = 0;
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 1);
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 0);
}

TEST_F(ForwardTest, MessageOverALimitIsLostAloneAndSaid) {
  ChannelEnds<std::string> queue = MakeQueue<std::string>();
  ChannelEnds<std::string> channel =
      MakeChannel<std::string>({.max_message_bytes = 1000});
  ASSERT_OK(router_->Forward(std::move(queue.receiver),
                             std::move(channel.sender), Reporting()));
  ASSERT_OK(queue.sender.Send(std::string(2000, 'x')));
  ASSERT_OK(queue.sender.Send("small"));
  EXPECT_THAT(channel.receiver.RecvUntil(Soon()), IsOkAndHolds("small"));
  EXPECT_THAT(reports_.Next(),
              IsOkAndHolds(static_cast<int>(absl::StatusCode::kOutOfRange)));
  EXPECT_EQ(router_->stats().messages_lost, 1u);
  EXPECT_TRUE(
      Eventually([&] { return router_->stats().messages_delivered == 1; }));
}

TEST_F(ForwardTest, EndsThatCannotLeaveTheProcessAreLostAloneAndSaid) {
  ChannelEnds<int> probe = MakeChannel<int>();
  if (!probe.sender.raw().lane()->descriptor().valid()) {
    GTEST_SKIP() << "no channel leaves the process in this build";
  }
  ChannelEnds<Sender<int>> queue = MakeQueue<Sender<int>>();
  ChannelEnds<Sender<int>> channel = MakeChannel<Sender<int>>();
  ASSERT_OK(router_->Forward(std::move(queue.receiver),
                             std::move(channel.sender), Reporting()));
  ChannelEnds<int> inner = MakeQueue<int>();
  ASSERT_OK(queue.sender.Send(std::move(inner.sender)));
  ASSERT_OK(queue.sender.Send(std::move(probe.sender)));
  EXPECT_OK(channel.receiver.RecvUntil(Soon()));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(static_cast<int>(kInvalid)));
  // It is not kept either.
  EXPECT_THAT(inner.receiver.RecvUntil(Soon()), StatusIs(kGone));
}

TEST_F(ForwardTest, ShortageOfTheSystemIsWaitedForAndDoesNotLastForEver) {
  // The first two sends fail, the third succeeds; then all fail.
  const absl::Status no_memory = absl::ResourceExhaustedError("no descriptors");
  FaultPlan plan;
  plan.FailSend(1, no_memory).FailSend(2, no_memory);
  for (std::uint64_t n = 4; n < 80; ++n) plan.FailSend(n, no_memory);
  FaultInjector faults(plan);
  ASSERT_OK_AND_ASSIGN(transport::ChannelPair pair, transport::CreateChannel());
  Receiver<int> receiver(std::move(pair.receiver));
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router_->Forward(std::move(ends.receiver),
                             Sender<int>(faults.Wrap(std::move(pair.sender))),
                             Reporting()));
  ASSERT_OK(ends.sender.Send(1));
  EXPECT_THAT(receiver.RecvUntil(Soon()), IsOkAndHolds(1));
  EXPECT_EQ(faults.counts().sends, 3u);
  ASSERT_OK(ends.sender.Send(2));
  EXPECT_THAT(
      reports_.Next(),
      IsOkAndHolds(static_cast<int>(absl::StatusCode::kResourceExhausted)));
  EXPECT_TRUE(Eventually([&] { return router_->stats().messages_lost == 1; }));
}

// The channel is full, as the plan has it, and shows room all the time.
TEST_F(ForwardTest, RoomThatIsShownButNotThereKeepsNobodyBusy) {
  FaultInjector faults(FaultPlan().StallSends(1));
  ASSERT_OK_AND_ASSIGN(transport::ChannelPair pair, transport::CreateChannel());
  ChannelEnds<int> ends = MakeChannel<int>();
  const absl::Time start = absl::Now();
  ASSERT_OK(router_->Forward(std::move(ends.receiver),
                             Sender<int>(faults.Wrap(std::move(pair.sender)))));
  ASSERT_OK(ends.sender.Send(1));
  ASSERT_TRUE(Eventually([&] { return faults.counts().sends >= 6; }));
  // Every second try at the latest comes after a pause of 20 milliseconds.
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(40));
  EXPECT_EQ(router_->stats().forwards_waiting, 1u);
}

// Of a foreign back end: always full, and not to be waited for.
class FullLane final : public transport::SenderLane {
 public:
  explicit FullLane(absl::Duration pause = absl::ZeroDuration())
      : pause_(pause) {}
  absl::Status Send(const transport::Payload&,
                    std::span<const transport::HandleRef>,
                    absl::Time) override {
    ++sends_;
    absl::SleepFor(pause_);
    return transport::FullError();
  }
  transport::BorrowedFd descriptor() const override { return {}; }
  int sends() const { return sends_; }

 private:
  const absl::Duration pause_;
  std::atomic<int> sends_ = 0;
};

TEST_F(ForwardTest, ChannelThatCannotBeWaitedForKeepsNobodyBusy) {
  const auto lane = std::make_shared<FullLane>();
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(ends.sender.Send(1));
  const absl::Time start = absl::Now();
  ASSERT_OK(router_->Forward(std::move(ends.receiver),
                             Sender<int>(transport::Sender(lane))));
  ASSERT_TRUE(Eventually([&] { return lane->sends() >= 6; }));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(50));
}

// Each is due again before all the others have had their turn.
TEST_F(ForwardTest, ThoseThatWaitDoNotCrowdOutWhatComes) {
  const auto router = MakeRouter({.max_threads = 1});
  const auto lane = std::make_shared<FullLane>(absl::Milliseconds(15));
  for (int i = 0; i < 3; ++i) {
    ChannelEnds<int> ends = MakeChannel<int>();
    ASSERT_OK(ends.sender.Send(1));
    ASSERT_OK(router->Forward(std::move(ends.receiver),
                              Sender<int>(transport::Sender(lane))));
  }
  ASSERT_TRUE(Eventually([&] { return lane->sends() >= 9; }));
  ChannelEnds<int> other = MakeChannel<int>();
  ASSERT_OK(router->AddRoute(
      std::move(other.receiver),
      [this](absl::StatusOr<int> value) { reports_.Add(*value); }));
  ASSERT_OK(other.sender.Send(7));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(7));
}

TEST_F(ForwardTest, LossOnTheWayInIsSaidAndTheRestArrives) {
  FaultInjector faults(
      FaultPlan().LoseMessage(2, absl::DataLossError("malformed")));
  ASSERT_OK_AND_ASSIGN(transport::ChannelPair pair, transport::CreateChannel());
  pair = faults.Wrap(std::move(pair));
  const Sender<int> sender(std::move(pair.sender));
  ASSERT_OK_AND_ASSIGN(
      Receiver<int> queue,
      router_->RouteToQueue(Receiver<int>(std::move(pair.receiver)), {},
                            Reporting()));
  for (int i = 1; i <= 3; ++i) ASSERT_OK(sender.Send(i));
  EXPECT_THAT(queue.RecvUntil(Soon()), IsOkAndHolds(1));
  EXPECT_THAT(queue.RecvUntil(Soon()), IsOkAndHolds(3));
  EXPECT_THAT(reports_.Next(),
              IsOkAndHolds(static_cast<int>(absl::StatusCode::kDataLoss)));
}

TEST_F(ForwardTest, UndeliverableCallbackThatThrowsEndsItsForward) {
  ChannelEnds<std::string> queue = MakeQueue<std::string>();
  ChannelEnds<std::string> channel =
      MakeChannel<std::string>({.max_message_bytes = 1000});
  ForwardOptions options = Reporting();
  options.undeliverable = [](const absl::Status&) { throw 1; };
  ASSERT_OK(router_->Forward(std::move(queue.receiver),
                             std::move(channel.sender), std::move(options)));
  ASSERT_OK(queue.sender.Send(std::string(2000, 'x')));
  EXPECT_THAT(reports_.Next(),
              IsOkAndHolds(-static_cast<int>(absl::StatusCode::kInternal)));
  EXPECT_THAT(queue.sender.Send("x"), StatusIs(kGone));
}

}  // namespace
}  // namespace ipc_channel
