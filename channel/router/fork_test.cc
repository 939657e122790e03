// What a forked child has of its parent's routers.

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/channel/router/test_helpers.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::IsOkAndHolds;

TEST(RouterForkTest, ChildHasAGlobalRouterOfItsOwn) {
  ASSERT_OK_AND_ASSIGN(Router* const global, Router::Global());
  auto own = MakeRouter();
  ChannelEnds<int> ends = MakeChannel<int>();
  Reports<int> reports;
  ASSERT_OK(own->AddRoute(
      std::move(ends.receiver),
      [&](absl::StatusOr<int> value) { reports.Add(*value); }));
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&] {
    // The parent's routers are dead here, and say so.
    ChannelEnds<int> channel = MakeChannel<int>();
    const auto refused = own->AddRoute(std::move(channel.receiver), [](auto) {});
    if (!absl::IsFailedPrecondition(refused.status())) return 1;
    if (!channel.receiver.valid()) return 2;
    if (own->stats().routes != 0) return 3;
    own->Shutdown();
    own.reset();
    // Its own works.
    const absl::StatusOr<Router*> mine = Router::Global();
    if (!mine.ok() || *mine == global) return 4;
    Reports<int> answers;
    if (!(*mine)
             ->AddRoute(std::move(channel.receiver),
                        [&](absl::StatusOr<int> value) { answers.Add(*value); })
             .ok()) {
      return 5;
    }
    if (!channel.sender.Send(9).ok()) return 6;
    return answers.Next().value_or(0) == 9 ? 0 : 7;
  });
  ASSERT_OK(child);
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  // Nothing of that has disturbed the parent.
  ASSERT_OK(ends.sender.Send(3));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(3));
  EXPECT_THAT(Router::Global(), IsOkAndHolds(global));
  own.reset();
}
}  // namespace
}  // namespace ipc_channel
