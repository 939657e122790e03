// What awaiting takes from the heap: nothing.

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/coro/async_test.h"
#include "ipc_channel/channel/coro/coro.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel::coro {
namespace {

using ::ipc_channel_testing::AllocationCount;

constexpr int kWarmUps = 300;  // each place of an in-process queue
static_assert(kWarmUps > transport::kInprocessCapacity);
constexpr int kMessages = 200;

class AsyncAllocationTest : public AsyncTest {
 protected:
  // The number of allocations in kMessages calls of `operation` in the midst of
  // others. It says whether all was well.
  template <class Operation>
  std::uint64_t AllocationsIn(Operation operation) {
    bool all_well = true;
    for (int i = 0; i < kWarmUps; ++i) all_well &= operation();
    const std::uint64_t before = AllocationCount();
    for (int i = 0; i < kMessages; ++i) all_well &= operation();
    const std::uint64_t allocations = AllocationCount() - before;
    EXPECT_TRUE(all_well);
    return allocations;
  }
};

INSTANTIATE_TEST_SUITE_P(Worlds, AsyncAllocationTest, AllAsyncWorlds(),
                         NameOfWorld);

// One for each way of receiving, again and again.
Task<> Receive(AsyncReceiver<int>& receiver, int& sum) {
  while (true) {
    sum += (co_await receiver.Recv()).value();
    sum += (co_await receiver.RecvFor(absl::Hours(1))).value();
  }
}

TEST_P(AsyncAllocationTest, ReceivingAllocatesNothingWaitingOrNot) {
  ChannelEnds<int> ends = NewChannel<int>();
  AsyncReceiver<int> receiver = Async(std::move(ends.receiver));
  int sum = 0;
  TaskGroup group;
  group.Spawn(Receive(receiver, sum));
  const auto operation = [&](int messages) {
    sum = 0;
    for (int i = 0; i < messages; ++i) {
      if (!ends.sender.Send(1).ok()) return false;
    }
    while (sum < messages) loop_->RunOnce();
    return true;
  };
  EXPECT_EQ(AllocationsIn([&] { return operation(1); }), 0u);
  EXPECT_EQ(AllocationsIn([&] { return operation(50); }), 0u);
}

TEST_P(AsyncAllocationTest, SendingAllocatesNothingWaitingOrNot) {
  ChannelEnds<int> ends = NewSmallChannel<int>();
  AsyncSender<int> sender = Async(ends.sender);
  TaskGroup group;
  group.Spawn([](AsyncSender<int>& to) -> Task<> {
    const int value = 1;
    while ((co_await to.Send(value)).ok() &&
           (co_await to.SendFor(2, absl::Hours(1))).ok()) {
    }
  }(sender));
  const auto operation = [&] {
    while (true) {
      const auto value = ends.receiver.TryRecv();
      if (!value.ok()) return false;
      if (value->has_value()) return true;
      loop_->RunOnce();
    }
  };
  EXPECT_EQ(AllocationsIn(operation), 0u);
}

TEST_P(AsyncAllocationTest, BytesSelectsSetsAndStreamsAllocateNothing) {
  ChannelEnds<Bytes> bytes = NewChannel<Bytes>();
  ChannelEnds<int> numbers = NewChannel<int>();
  ChannelEnds<int> streamed = NewChannel<int>();
  ChannelEnds<int> in_set = NewChannel<int>();
  AsyncBytesReceiver raw = Async(std::move(bytes.receiver));
  AsyncReceiver<int> number = Async(std::move(numbers.receiver));
  AsyncReceiverSet set = AsyncReceiverSet::Create(*loop_).value();
  ASSERT_OK(set.Add(std::move(in_set.receiver)));
  int received = 0;
  TaskGroup group;
  group.Spawn([](AsyncBytesReceiver& from, int& count) -> Task<> {
    Bytes reused;
    while ((co_await from.RecvInto(reused)).ok()) ++count;
  }(raw, received));
  group.Spawn([](AsyncReceiver<int>& from, int& count) -> Task<> {
    while ((co_await SelectFor(absl::Hours(1), from)).ok()) ++count;
  }(number, received));
  group.Spawn([](AsyncReceiverSet& from, int& count) -> Task<> {
    while ((co_await from.Select()).ok()) ++count;
  }(set, received));
  group.Spawn([](Generator<absl::StatusOr<int>> from, int& count) -> Task<> {
    while ((co_await from.Next()).has_value()) ++count;
  }(Stream(Async(std::move(streamed.receiver))), received));
  const auto operation = [&] {
    received = 0;
    if (!bytes.sender.Send("x").ok() || !numbers.sender.Send(1).ok() ||
        !in_set.sender.Send(1).ok() || !streamed.sender.Send(1).ok()) {
      return false;
    }
    while (received < 4) loop_->RunOnce();
    return true;
  };
  EXPECT_EQ(AllocationsIn(operation), 0u);
}

TEST_P(AsyncAllocationTest, BytesKeepTheirMemoryWhenNothingComesInTime) {
  ChannelEnds<Bytes> ends = NewChannel<Bytes>();
  AsyncBytesReceiver receiver = Async(std::move(ends.receiver));
  int received = 0;
  TaskGroup group;
  group.Spawn([](AsyncBytesReceiver& from, int& count) -> Task<> {
    Bytes reused;
    while (true) {
      const absl::Status late =
          co_await from.RecvIntoUntil(reused, absl::InfinitePast());
      if (!absl::IsDeadlineExceeded(late)) co_return;
      if (!(co_await from.RecvInto(reused)).ok()) co_return;
      ++count;
    }
  }(receiver, received));
  const auto operation = [&] {
    received = 0;
    if (!ends.sender.Send("x").ok()) return false;
    while (received < 1) loop_->RunOnce();
    return true;
  };
  EXPECT_EQ(AllocationsIn(operation), 0u);
}

}  // namespace
}  // namespace ipc_channel::coro
