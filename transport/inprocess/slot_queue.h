#ifndef IPC_CHANNEL_TRANSPORT_INPROCESS_SLOT_QUEUE_H_
#define IPC_CHANNEL_TRANSPORT_INPROCESS_SLOT_QUEUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "ipc_channel/transport/message.h"

namespace ipc_channel::transport::inprocess {

// A queue of messages whose slots are used again and again, with what memory
// lies in them. Grows by a few slots at a time to what has been queued at once;
// it has no limit of its own.
//
// Two threads at a time: one calls the functions of the writing side, one those
// of the reading side, with no lock between them. Who takes turns on one side
// must synchronize.
class SlotQueue {
 public:
  // Variables that different threads write lie so far apart, in bytes: two
  // cache lines, for they are fetched in pairs.
  static constexpr std::size_t kApart = 128;

  SlotQueue() = default;
  SlotQueue(const SlotQueue&) = delete;
  SlotQueue& operator=(const SlotQueue&) = delete;
  ~SlotQueue() { FreeSlots(); }

  // Writing side.

  // The slot behind the last one, with whatever was left in it; null without
  // memory. Nobody else sees it until Publish().
  Message* NextFree();
  void Publish() {
    tail_.store(tail_.load(std::memory_order_relaxed) + 1,
                std::memory_order_release);
  }

  // True if less than `count` messages are queued. Looks at the reading side,
  // which costs, only if there are more by what is known of it.
  bool HasFewerThan(std::size_t count);

  // Any thread.

  // How many messages may be queued, at the most, by what the writing side knew
  // last: costs no look at the reading side.
  std::size_t size_at_most() const {
    const std::uint64_t head = head_seen_.load(std::memory_order_acquire);
    return tail_.load(std::memory_order_relaxed) - head;
  }

  // How many messages are queued. Exact for the reading side if nobody writes,
  // and the other way round.
  std::size_t size() const {
    // In this order, or the difference could be negative.
    const std::uint64_t head = head_.load(std::memory_order_seq_cst);
    return tail_.load(std::memory_order_acquire) - head;
  }

  // Reading side.

  // The oldest message, null if there is none.
  Message* Front();
  // Gives the slot of Front() back, with whatever is left in it. Sequentially
  // consistent, that is in one order with the atomic variables of those who
  // wait for room.
  void PopFront() {
    head_.store(head_.load(std::memory_order_relaxed) + 1,
                std::memory_order_seq_cst);
  }

  // Frees all slots and what is in them. Nothing but size() may be called then.
  void FreeSlots();

 private:
  // Few, for the first message of a channel makes so many. The position of a
  // message in the queue's life modulo this is its place in the chunk.
  static constexpr std::size_t kChunkSlots = 8;
  struct Chunk {
    std::array<Message, kChunkSlots> slots;
    std::uint64_t end = 0;  // the position behind its last slot
    std::unique_ptr<Chunk> next;
  };

  bool AddChunk();

  // Of the writing side.
  alignas(kApart) std::atomic<std::uint64_t> tail_ = 0;  // published so far
  std::atomic<std::uint64_t> head_seen_ = 0;  // head_ as of the last look
  std::unique_ptr<Chunk> first_;
  Chunk* last_ = nullptr;
  Chunk* origin_ = nullptr;  // where the reading side begins; set once

  // Of the reading side.
  alignas(kApart) std::atomic<std::uint64_t> head_ = 0;  // popped so far
  std::uint64_t tail_seen_ = 0;
  Chunk* reading_ = nullptr;
};

}  // namespace ipc_channel::transport::inprocess

#endif  // IPC_CHANNEL_TRANSPORT_INPROCESS_SLOT_QUEUE_H_
