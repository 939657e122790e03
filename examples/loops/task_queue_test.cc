#include "ipc_channel/examples/loops/task_queue.h"

#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace loops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TaskQueueTest, WakesForTheFirstTaskOnly) {
  TaskQueue queue;
  EXPECT_TRUE(queue.Push([] {}));
  EXPECT_FALSE(queue.Push([] {}));
  queue.Run();
  EXPECT_TRUE(queue.Push([] {}));
}

TEST(TaskQueueTest, RunsInOrderWhatThereIs) {
  TaskQueue queue;
  std::vector<int> run;
  queue.Push([&] {
    run.push_back(1);
    EXPECT_TRUE(queue.Push([&] { run.push_back(3); }));
  });
  queue.Push([&] { run.push_back(2); });
  queue.Run();
  EXPECT_THAT(run, ElementsAre(1, 2));
  queue.Run();
  EXPECT_THAT(run, ElementsAre(1, 2, 3));
}

TEST(TaskQueueTest, NothingRunsAfterATaskThatClosesIt) {
  TaskQueue queue;
  const auto held = std::make_shared<int>(7);
  queue.Push([&] { queue.Close(); });
  queue.Push([held] { FAIL(); });
  queue.Run();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(TaskQueueTest, ClosingDestroysWhatHasNotRunAndWhatComesLater) {
  TaskQueue queue;
  const auto held = std::make_shared<int>(7);
  queue.Push([held] { FAIL(); });
  queue.Close();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(queue.Push([held] { FAIL(); }));
  EXPECT_EQ(held.use_count(), 1);
  queue.Run();
}

TEST(TaskQueueTest, ATaskThatIsDestroyedMayPush) {
  TaskQueue queue;
  std::vector<int> run;
  const auto push = [&](int*) { queue.Push([&] { run.push_back(1); }); };
  static int anything;
  std::shared_ptr<int> pushes_when_dropped(&anything, push);
  queue.Push([held = std::move(pushes_when_dropped)] {});
  queue.Close();
  queue.Run();
  EXPECT_THAT(run, IsEmpty());
}

}  // namespace
}  // namespace loops
