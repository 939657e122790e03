#include "ipc_channel/examples/wordcount/job_queue.h"

#include <optional>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

namespace wordcount {
namespace {

TEST(JobQueueTest, GivesTheFilesInOrder) {
  JobQueue queue({"a", "b"});
  std::optional<FileJob> first = queue.Take();
  std::optional<FileJob> second = queue.Take();
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->path, "a");
  EXPECT_EQ(first->index, 0u);
  EXPECT_EQ(second->path, "b");
  EXPECT_EQ(second->index, 1u);
  queue.Done();
  queue.Done();
  EXPECT_FALSE(queue.Take().has_value());
}

TEST(JobQueueTest, WhatIsGivenBackComesNext) {
  JobQueue queue({"a", "b"});
  FileJob job = *queue.Take();
  job.workers_lost = 2;
  queue.GiveBack(std::move(job));
  job = *queue.Take();
  EXPECT_EQ(job.path, "a");
  EXPECT_EQ(job.workers_lost, 2);
}

TEST(JobQueueTest, WhoWaitsGetsWhatIsGivenBack) {
  JobQueue queue({"a"});
  FileJob job = *queue.Take();
  std::optional<FileJob> taken;
  std::thread waiting([&] { taken = queue.Take(); });
  queue.GiveBack(std::move(job));
  waiting.join();
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->path, "a");
}

TEST(JobQueueTest, WhoWaitsLeavesWhenAllIsDone) {
  JobQueue queue({"a"});
  static_cast<void>(queue.Take());
  std::optional<FileJob> taken;
  std::thread waiting([&] { taken = queue.Take(); });
  queue.Done();
  waiting.join();
  EXPECT_FALSE(taken.has_value());
}

}  // namespace
}  // namespace wordcount
