// What a forked child has of its parent's routers.

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/executor.h"
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

// Keeps tasks for the test.
class HeldExecutor final : public Executor {
 public:
  void Execute(Task task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  std::vector<Task> TakeAll() {
    const std::lock_guard lock(mutex_);
    return std::exchange(tasks_, {});
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
  }

 private:
  std::mutex mutex_;
  std::vector<Task> tasks_;
};

// Somebody's loop may go on in the child, or come to its end there.
TEST(RouterForkTest, TasksOfTheParentDoNothingInTheChild) {
  const auto executor = std::make_shared<HeldExecutor>();
  auto router = MakeRouter({.executor = executor});
  int calls = 0;
  std::vector<Sender<int>> senders;
  for (int i = 0; i < 2; ++i) {
    ChannelEnds<int> ends = MakeChannel<int>();
    ASSERT_OK(router->AddRoute(
        std::move(ends.receiver), [&](auto) { ++calls; },
        [&](const absl::Status&) { ++calls; }));
    ASSERT_OK(ends.sender.Send(i));
    senders.push_back(std::move(ends.sender));
  }
  ASSERT_TRUE(Eventually([&] { return executor->size() == 2; }));
  std::vector<Executor::Task> tasks = executor->TakeAll();
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&] {
    std::move(tasks.front())();
    if (calls != 0) return 1;
    tasks.clear();
    return calls == 0 ? 0 : 2;
  });
  ASSERT_OK(child);
  EXPECT_THAT(child->Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
  for (Executor::Task& task : tasks) std::move(task)();
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace ipc_channel
