// Typed receivers in a loop that waits for descriptors.

#include <poll.h>

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
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::StatusIs;

bool IsReadable(transport::BorrowedFd descriptor) {
  pollfd polled = {.fd = descriptor.get(), .events = POLLIN};
  return ::poll(&polled, 1, 0) == 1 && polled.revents != 0;
}

// As the contract says: what deadline() tells comes first.
template <class T>
bool CanBeReceived(Receiver<T>& receiver) {
  if (receiver.deadline() <= absl::Now()) return true;
  const absl::StatusOr<transport::BorrowedFd> waitable = receiver.waitable();
  EXPECT_OK(waitable);
  return IsReadable(*waitable);
}

template <class T, class Value>
void ExpectTrueWaitable(const Value& value) {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>();
  ASSERT_OK(ends);
  EXPECT_FALSE(CanBeReceived(ends->receiver));
  ASSERT_OK(ends->sender.Send(value));
  EXPECT_TRUE(CanBeReceived(ends->receiver));
  ASSERT_OK(ends->receiver.Recv());
  EXPECT_FALSE(CanBeReceived(ends->receiver));
  ends->sender = {};
  EXPECT_TRUE(CanBeReceived(ends->receiver));
}

template <class T, class Value>
void ExpectTrueNativeWaitable(const Value& value) {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>();
  ASSERT_OK(ends);
  const absl::StatusOr<transport::BorrowedFd> waitable =
      ends->receiver.NativeWaitable();
  ASSERT_OK(waitable);
  EXPECT_FALSE(IsReadable(*waitable));
  ASSERT_OK(ends->sender.Send(value));
  EXPECT_TRUE(IsReadable(*waitable));
  ASSERT_OK(ends->receiver.TryRecv());
  EXPECT_FALSE(IsReadable(*waitable));
  ends->sender = {};
  EXPECT_TRUE(IsReadable(*waitable));
}

TEST(WaitableTest, OfValuesIsReadableWhileThereIsSomethingToReceive) {
  ExpectTrueWaitable<int>(1);
  ExpectTrueNativeWaitable<int>(1);
}

TEST(WaitableTest, OfBytesIsReadableWhileThereIsSomethingToReceive) {
  ExpectTrueWaitable<Bytes>("bytes");
  ExpectTrueNativeWaitable<Bytes>("bytes");
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
