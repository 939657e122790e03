#include "ipc_channel/channel/loop/internal/deadline_heap.h"

#include <algorithm>
#include <cstddef>

#include "absl/time/time.h"

namespace ipc_channel::internal {

void DeadlineHeap::Reserve(std::size_t nodes) {
  if (nodes <= heap_.capacity()) return;
  heap_.reserve(std::max(nodes, 2 * heap_.capacity()));
}

void DeadlineHeap::Place(WatchNode& node, std::size_t index) {
  heap_[index] = &node;
  node.heap_index = index;
}

void DeadlineHeap::Rise(WatchNode& node, std::size_t index) {
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (heap_[parent]->deadline <= node.deadline) break;
    Place(*heap_[parent], index);
    index = parent;
  }
  Place(node, index);
}

void DeadlineHeap::Sink(WatchNode& node, std::size_t index) {
  while (true) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() &&
        heap_[child + 1]->deadline < heap_[child]->deadline) {
      ++child;
    }
    if (node.deadline <= heap_[child]->deadline) break;
    Place(*heap_[child], index);
    index = child;
  }
  Place(node, index);
}

void DeadlineHeap::Add(WatchNode& node) {
  heap_.push_back(&node);
  Rise(node, heap_.size() - 1);
}

void DeadlineHeap::Remove(WatchNode& node) {
  const std::size_t index = node.heap_index;
  if (index == WatchNode::kNotInHeap) return;
  node.heap_index = WatchNode::kNotInHeap;
  WatchNode& last = *heap_.back();
  heap_.pop_back();
  if (&last == &node) return;
  Rise(last, index);
  Sink(last, last.heap_index);
}

WatchNode* DeadlineHeap::TakeExpired(absl::Time now) {
  if (heap_.empty() || heap_.front()->deadline > now) return nullptr;
  WatchNode* const node = heap_.front();
  Remove(*node);
  return node;
}

}  // namespace ipc_channel::internal
