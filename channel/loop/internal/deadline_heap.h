#ifndef IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_DEADLINE_HEAP_H_
#define IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_DEADLINE_HEAP_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "ipc_channel/channel/loop/internal/watch_node.h"

namespace ipc_channel::internal {

// Watches by their deadlines, the next one first. Nothing is allocated but by
// Reserve(). Thread-compatible.
class DeadlineHeap {
 public:
  // Makes room for `nodes` of them. Throws std::bad_alloc.
  void Reserve(std::size_t nodes);

  // InfiniteFuture() if there is none.
  absl::Time next() const {
    return heap_.empty() ? absl::InfiniteFuture() : heap_.front()->deadline;
  }
  bool empty() const { return heap_.empty(); }

  // Adds `node`, which is in no heap, by its deadline.
  void Add(WatchNode& node);
  // No effect if it is not here.
  void Remove(WatchNode& node);

  // Removes and gives one whose deadline is not after `now`, the earliest
  // first; nullptr if there is none.
  WatchNode* TakeExpired(absl::Time now);

 private:
  void Place(WatchNode& node, std::size_t index);
  void Rise(WatchNode& node, std::size_t index);
  void Sink(WatchNode& node, std::size_t index);

  std::vector<WatchNode*> heap_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_DEADLINE_HEAP_H_
