// Ends within values: several ways to one, and ones whose peer is gone.

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::testing::Eq;

// Sending does not change a sender, so that threads may share it; receiving
// changes a receiver, and there is one.
template <class End>
concept SendsThroughConst = requires(const End& end) {
  end.Send(1);
  end.TrySend(1);
};
template <class End>
concept ReceivesThroughConst = requires(const End& end) {
  end.Recv();
};
static_assert(SendsThroughConst<Sender<int>>);
static_assert(!ReceivesThroughConst<Receiver<int>>);
static_assert(!std::is_copy_constructible_v<Receiver<int>>);

struct Inner {
  Sender<int> sender;
};

// Three ways to one sender: a field, and a field of what two others own.
struct Paths {
  Sender<int> direct;
  std::unique_ptr<Inner> pointed_to;
  std::vector<Inner> listed;
};

TEST(EmbeddedEndsTest, ASenderThatIsReachedSeveralWaysArrivesInEach) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(ChannelEnds<Paths> carrier, Channel<Paths>());
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> ends, Channel<int>());
  Paths paths = {.direct = ends.sender};
  paths.pointed_to = std::make_unique<Inner>(Inner{ends.sender});
  paths.listed.push_back({std::move(ends.sender)});
  ASSERT_OK(carrier.sender.Send(std::move(paths)));
  ASSERT_OK_AND_ASSIGN(Paths arrived, carrier.receiver.Recv());
  ASSERT_NE(arrived.pointed_to, nullptr);
  ASSERT_EQ(arrived.listed.size(), 1u);
  ASSERT_OK(arrived.direct.Send(1));
  ASSERT_OK(arrived.pointed_to->sender.Send(2));
  ASSERT_OK(arrived.listed[0].sender.Send(3));
  for (const int i : {1, 2, 3}) {
    EXPECT_THAT(ends.receiver.Recv(), IsOkAndHolds(i));
  }
  arrived.direct = {};
  arrived.pointed_to = nullptr;
  EXPECT_THAT(ends.receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
  arrived.listed.clear();
  EXPECT_TRUE(IsDisconnected(ends.receiver.TryRecv().status()));
}

TEST(EmbeddedEndsTest, ASenderWhoseReceiverIsGoneIsCopiedAndSentLikeAnyOther) {
  ASSERT_OK_AND_ASSIGN((auto [carrier, receiver]),
                       Channel<std::vector<Sender<int>>>());
  ASSERT_OK_AND_ASSIGN(ChannelEnds<int> ends, Channel<int>());
  ends.receiver = {};
  const Sender<int> copy = ends.sender;
  EXPECT_TRUE(copy.valid());
  EXPECT_TRUE(IsDisconnected(copy.Send(1)));
  ASSERT_OK(carrier.Send({copy, ends.sender}));
  ASSERT_OK_AND_ASSIGN(const std::vector<Sender<int>> arrived, receiver.Recv());
  ASSERT_EQ(arrived.size(), 2u);
  EXPECT_TRUE(IsDisconnected(arrived[0].Send(1)));
  EXPECT_TRUE(IsDisconnected(arrived[1].Send(1)));
}

}  // namespace
}  // namespace ipc_channel
