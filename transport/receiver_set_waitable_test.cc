// What a loop that polls a set's descriptor is shown of the first receivers.

#include <poll.h>

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::SendText;

using Create = absl::StatusOr<ChannelPair> (*)(const ChannelOptions&);

bool IsReadable(BorrowedFd descriptor) {
  pollfd entry = {.fd = descriptor.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

class ReceiverSetWaitableTest : public ::testing::TestWithParam<Create> {
  ExpectNoFdLeak no_leak_;

 protected:
  ChannelPair NewChannel() {
    absl::StatusOr<ChannelPair> pair = GetParam()({});
    EXPECT_OK(pair);
    return *std::move(pair);
  }

  ReceiverSet set_;
};

INSTANTIATE_TEST_SUITE_P(BackEnds, ReceiverSetWaitableTest,
                         ::testing::Values(&CreateChannel,
                                           &CreateInprocessChannel));

TEST_P(ReceiverSetWaitableTest, ShowsTheFirstReceiverToAPollUnderWay) {
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable, set_.waitable());
  EXPECT_EQ(set_.deadline(), absl::InfiniteFuture());
  EXPECT_FALSE(IsReadable(waitable));
  ChannelPair pair = NewChannel();
  ASSERT_OK(SendText(pair.sender, "queued"));
  ASSERT_OK(set_.Add(std::move(pair.receiver)));
  EXPECT_TRUE(IsReadable(waitable));
}

TEST_P(ReceiverSetWaitableTest, ShowsWhatCameBetweenTheTwoQuestions) {
  ChannelPair pair = NewChannel();
  ASSERT_OK(set_.Add(std::move(pair.receiver)));
  ReceiverSet::Event event;
  ASSERT_FALSE(set_.Wait(absl::InfinitePast(), {&event, 1}).ok());
  EXPECT_EQ(set_.deadline(), absl::InfiniteFuture());
  ASSERT_OK(SendText(pair.sender, "before there was a descriptor"));
  ASSERT_OK_AND_ASSIGN(const BorrowedFd waitable, set_.waitable());
  EXPECT_TRUE(IsReadable(waitable));
}

}  // namespace
}  // namespace ipc_channel::transport
