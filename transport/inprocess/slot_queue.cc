#include "ipc_channel/transport/inprocess/slot_queue.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace ipc_channel::transport::inprocess {

// A chunk that the reading side has left is used again: it reads `next` to
// leave one, and then pops something behind it.
bool SlotQueue::AddChunk() {
  std::unique_ptr<Chunk> chunk;
  if (first_ != nullptr &&
      head_.load(std::memory_order_acquire) > first_->end) {
    chunk = std::move(first_);
    first_ = std::move(chunk->next);
  } else {
    chunk.reset(new (std::nothrow) Chunk);
    if (chunk == nullptr) return false;
  }
  chunk->end = tail_.load(std::memory_order_relaxed) + kChunkSlots;
  Chunk* added = chunk.get();
  if (last_ == nullptr) {
    origin_ = added;
    first_ = std::move(chunk);
  } else {
    last_->next = std::move(chunk);
  }
  last_ = added;
  return true;
}

Message* SlotQueue::NextFree() {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  if ((last_ == nullptr || tail == last_->end) && !AddChunk()) return nullptr;
  return &last_->slots[tail % kChunkSlots];
}

bool SlotQueue::HasFewerThan(std::size_t count) {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  if (tail - head_seen_.load(std::memory_order_relaxed) < count) return true;
  const std::uint64_t head = head_.load(std::memory_order_seq_cst);
  head_seen_.store(head, std::memory_order_release);
  return tail - head < count;
}

Message* SlotQueue::Front() {
  const std::uint64_t head = head_.load(std::memory_order_relaxed);
  if (head == tail_seen_) {
    tail_seen_ = tail_.load(std::memory_order_acquire);
    if (head == tail_seen_) return nullptr;
  }
  if (reading_ == nullptr) reading_ = origin_;
  if (head == reading_->end) reading_ = reading_->next.get();
  return &reading_->slots[head % kChunkSlots];
}

// One by one: as many destructors within each other may need too much stack.
void SlotQueue::FreeSlots() {
  while (first_ != nullptr) {
    const std::unique_ptr<Chunk> chunk = std::move(first_);
    first_ = std::move(chunk->next);
  }
  last_ = origin_ = reading_ = nullptr;
}

}  // namespace ipc_channel::transport::inprocess
