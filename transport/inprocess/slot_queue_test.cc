#include "ipc_channel/transport/inprocess/slot_queue.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <span>
#include <thread>

#include "gtest/gtest.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::transport::inprocess {
namespace {

void Push(SlotQueue& queue, std::uint64_t value) {
  Message* slot = queue.NextFree();
  ASSERT_NE(slot, nullptr);
  std::memcpy(slot->Buffer(sizeof(value)).data(), &value, sizeof(value));
  slot->SetInlinePayload(0, sizeof(value));
  queue.Publish();
}

std::uint64_t Value(const Message& slot) {
  std::uint64_t value = 0;
  EXPECT_EQ(slot.payload().size(), sizeof(value));
  if (slot.payload().size() == sizeof(value)) {
    std::memcpy(&value, slot.payload().data(), sizeof(value));
  }
  return value;
}

TEST(SlotQueueTest, GivesBackInOrderWhateverItsLength) {
  SlotQueue queue;
  std::uint64_t pushed = 0;
  std::uint64_t popped = 0;
  for (const std::uint64_t length : {1, 7, 8, 9, 16, 17, 1000, 3, 0, 64, 1}) {
    while (pushed - popped < length) Push(queue, pushed++);
    EXPECT_EQ(queue.size(), length);
    EXPECT_TRUE(queue.HasFewerThan(length + 1));
    EXPECT_FALSE(queue.HasFewerThan(length));
    for (std::uint64_t i = 0; i < length; ++i) {
      Message* slot = queue.Front();
      ASSERT_NE(slot, nullptr);
      EXPECT_EQ(Value(*slot), popped++);
      queue.PopFront();
    }
    EXPECT_EQ(queue.Front(), nullptr);
    EXPECT_EQ(queue.size(), 0u);
  }
}

TEST(SlotQueueTest, UsesItsSlotsAgain) {
  SlotQueue queue;
  std::set<const Message*> slots;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Push(queue, i);
    slots.insert(queue.Front());
    queue.PopFront();
  }
  EXPECT_LE(slots.size(), 24u);
}

TEST(SlotQueueTest, VeryLongQueueCanBeDestroyed) {
  SlotQueue queue;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) Push(queue, i);
  EXPECT_EQ(queue.size(), 1'000'000u);
}

TEST(SlotQueueTest, TwoThreadsNeedNoLock) {
  constexpr std::uint64_t kCount = 200'000;
  SlotQueue queue;
  std::thread writing([&queue] {
    for (std::uint64_t i = 0; i < kCount; ++i) {
      while (!queue.HasFewerThan(100)) std::this_thread::yield();
      Push(queue, i);
    }
  });
  for (std::uint64_t i = 0; i < kCount; ++i) {
    Message* slot = queue.Front();
    for (; slot == nullptr; slot = queue.Front()) std::this_thread::yield();
    ASSERT_EQ(Value(*slot), i);
    queue.PopFront();
  }
  writing.join();
}

}  // namespace
}  // namespace ipc_channel::transport::inprocess
