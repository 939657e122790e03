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

// The parent's has no thread yet: ThreadSanitizer bears no new ones in the
// child of a process with several.
TEST(RouterForkTest, ChildHasAGlobalRouterOfItsOwn) {
  ASSERT_OK_AND_ASSIGN(Router* const global, Router::Global());
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&] {
    const absl::StatusOr<Router*> mine = Router::Global();
    if (!mine.ok() || *mine == global) return 1;
    ChannelEnds<int> channel = MakeChannel<int>();
    Reports<int> answers;
    if (!(*mine)
             ->AddRoute(std::move(channel.receiver),
                        [&](absl::StatusOr<int> value) { answers.Add(*value); })
             .ok()) {
      return 2;
    }
    if (!channel.sender.Send(9).ok()) return 3;
    const int answer = answers.Next().value_or(0);
    (*mine)->Shutdown();
    return answer == 9 ? 0 : 4;
  });
  ASSERT_OK(child);
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_THAT(Router::Global(), IsOkAndHolds(global));
}

TEST(RouterForkTest, RouterOfTheParentDoesNothingInTheChild) {
  Reports<int> reports;
  auto router = MakeRouter();
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK_AND_ASSIGN(const RouteId id,
                       router->AddRoute(std::move(ends.receiver),
                                        [&](absl::StatusOr<int> value) {
                                          reports.Add(*value);
                                        }));
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&] {
    ChannelEnds<int> channel = MakeChannel<int>();
    const auto refused =
        router->AddRoute(std::move(channel.receiver), [](auto) {});
    if (!absl::IsFailedPrecondition(refused.status())) return 1;
    if (!channel.receiver.valid()) return 2;
    if (!absl::IsFailedPrecondition(router->RemoveRoute(id))) return 3;
    if (router->stats().routes != 0) return 4;
    router->Shutdown();
    router.reset();
    return 0;
  });
  ASSERT_OK(child);
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  // Nothing of that has disturbed the parent.
  ASSERT_OK(ends.sender.Send(3));
  EXPECT_THAT(reports.Next(), IsOkAndHolds(3));
}

}  // namespace
}  // namespace ipc_channel
