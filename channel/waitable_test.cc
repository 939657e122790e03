// Typed receivers in a loop that waits for descriptors.

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/receiver_set.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/contract/pollable.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::IsReady;
using ::ipc_channel_testing::PairIsReady;
using ::ipc_channel_testing::StatusIs;

template <class T, class Value>
void ExpectTrueWaitable(const Value& value) {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>();
  ASSERT_OK(ends);
  EXPECT_FALSE(PairIsReady(ends->receiver));
  ASSERT_OK(ends->sender.Send(value));
  EXPECT_TRUE(PairIsReady(ends->receiver));
  ASSERT_OK(ends->receiver.Recv());
  EXPECT_FALSE(PairIsReady(ends->receiver));
  ends->sender = {};
  EXPECT_TRUE(PairIsReady(ends->receiver));
}

template <class T, class Value>
void ExpectTrueNativeWaitable(const Value& value) {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>();
  ASSERT_OK(ends);
  const absl::StatusOr<transport::BorrowedFd> waitable =
      ends->receiver.NativeWaitable();
  ASSERT_OK(waitable);
  EXPECT_FALSE(IsReady(waitable, ends->receiver.interest()));
  ASSERT_OK(ends->sender.Send(value));
  EXPECT_TRUE(IsReady(waitable, ends->receiver.interest()));
  ASSERT_OK(ends->receiver.TryRecv());
  EXPECT_FALSE(IsReady(waitable, ends->receiver.interest()));
  ends->sender = {};
  EXPECT_TRUE(IsReady(waitable, ends->receiver.interest()));
}

TEST(WaitableTest, OfValuesIsReadableWhileThereIsSomethingToReceive) {
  ExpectTrueWaitable<int>(1);
  ExpectTrueNativeWaitable<int>(1);
}

TEST(WaitableTest, OfBytesIsReadableWhileThereIsSomethingToReceive) {
  ExpectTrueWaitable<Bytes>("bytes");
  ExpectTrueNativeWaitable<Bytes>("bytes");
}

template <class T, class Value>
void ExpectTrueWaitableOfTheSender(const Value& value) {
  absl::StatusOr<ChannelEnds<T>> ends =
      Channel<T>({.capacity = {{.messages = 8, .bytes = 1000}}});
  ASSERT_OK(ends);
  int count = 0;
  absl::Status sent;
  while ((sent = ends->sender.TrySend(value)).ok()) ++count;
  ASSERT_TRUE(IsFull(sent)) << sent;
  EXPECT_FALSE(IsReady(ends->sender.waitable(), ends->sender.interest()));
  EXPECT_GT(ends->sender.deadline(), absl::Now() - absl::Minutes(1));
  EXPECT_LT(ends->sender.deadline(), absl::Now() + absl::Seconds(1));
  for (int i = 0; i < count; ++i) ASSERT_OK(ends->receiver.Recv());
  EXPECT_TRUE(IsReady(ends->sender.waitable(), ends->sender.interest()));
  EXPECT_OK(ends->sender.TrySend(value));
}

TEST(WaitableTest, OfASenderOfValuesIsReadyWhenThereIsRoom) {
  ExpectTrueWaitableOfTheSender<int>(1);
}

TEST(WaitableTest, OfASenderOfBytesIsReadyWhenThereIsRoom) {
  ExpectTrueWaitableOfTheSender<Bytes>("bytes");
}

TEST(WaitableTest, OfASetIsReadyWhileThereIsSomethingToSelect) {
  absl::StatusOr<ChannelEnds<int>> ends = Channel<int>();
  ASSERT_OK(ends);
  ReceiverSet set;
  ASSERT_OK(set.Add(std::move(ends->receiver)));
  for (int round = 0; round < 2; ++round) {
    ASSERT_OK(ends->sender.Send(1));
    ASSERT_OK(ends->sender.Send(2));
    for (const int value : {1, 2}) {
      EXPECT_TRUE(PairIsReady(set));
      auto events = set.TrySelect();
      ASSERT_OK(events);
      ASSERT_EQ(events->size(), 1u);
      EXPECT_THAT(events->front().To<int>(), IsOkAndHolds(value));
    }
    ASSERT_OK(set.TrySelect());
    EXPECT_FALSE(PairIsReady(set));
    EXPECT_EQ(set.deadline(), absl::InfiniteFuture());
  }
}

TEST(WaitableTest, AnEmptySenderHasNone) {
  EXPECT_THAT(Sender<int>().waitable(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(BytesSender().deadline(), absl::InfinitePast());
}

TEST(WaitableTest, AnEmptyReceiverHasNone) {
  constexpr absl::StatusCode kEmpty = absl::StatusCode::kFailedPrecondition;
  EXPECT_THAT(Receiver<int>().waitable(), StatusIs(kEmpty));
  EXPECT_THAT(Receiver<int>().NativeWaitable(), StatusIs(kEmpty));
  EXPECT_THAT(BytesReceiver().waitable(), StatusIs(kEmpty));
  EXPECT_EQ(BytesReceiver().deadline(), absl::InfinitePast());
}

}  // namespace
}  // namespace ipc_channel
