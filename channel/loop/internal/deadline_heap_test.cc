#include "ipc_channel/channel/loop/internal/deadline_heap.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/loop/internal/watch_node.h"
#include "ipc_channel/transport/interest.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

absl::Time At(int second) { return absl::FromUnixSeconds(second); }

std::unique_ptr<WatchNode> NodeAt(int second) {
  auto node = std::make_unique<WatchNode>(
      transport::BorrowedFd(), transport::Interest::kReadable, nullptr);
  node->deadline = At(second);
  return node;
}

TEST(DeadlineHeapTest, GivesTheEarliestThatHasPassed) {
  DeadlineHeap heap;
  heap.Reserve(2);
  EXPECT_EQ(heap.next(), absl::InfiniteFuture());
  const auto late = NodeAt(20);
  const auto early = NodeAt(10);
  heap.Add(*late);
  heap.Add(*early);
  EXPECT_EQ(heap.next(), At(10));
  EXPECT_EQ(heap.TakeExpired(At(9)), nullptr);
  EXPECT_EQ(heap.TakeExpired(At(10)), early.get());
  EXPECT_EQ(heap.TakeExpired(At(10)), nullptr);
  EXPECT_EQ(heap.TakeExpired(At(30)), late.get());
  EXPECT_TRUE(heap.empty());
}

TEST(DeadlineHeapTest, KeepsItsOrderWhateverIsRemoved) {
  std::mt19937 random(1);
  DeadlineHeap heap;
  std::vector<std::unique_ptr<WatchNode>> nodes;
  for (int i = 0; i < 500; ++i) nodes.push_back(NodeAt(i / 2));
  std::ranges::shuffle(nodes, random);
  heap.Reserve(nodes.size());
  for (const auto& node : nodes) heap.Add(*node);
  std::ranges::shuffle(nodes, random);
  constexpr std::size_t kRemoved = 200;
  for (std::size_t i = 0; i < kRemoved; ++i) {
    heap.Remove(*nodes[i]);
    heap.Remove(*nodes[i]);  // has no effect any more
  }
  absl::Time last = absl::InfinitePast();
  std::size_t count = 0;
  while (const WatchNode* const node = heap.TakeExpired(At(1'000))) {
    EXPECT_LE(last, node->deadline);
    last = node->deadline;
    ++count;
  }
  EXPECT_EQ(count, nodes.size() - kRemoved);
}

}  // namespace
}  // namespace ipc_channel::internal
