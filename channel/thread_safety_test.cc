// What the types say about threads, at compile time. Sending is thread-safe,
// and so works through const; receiving is thread-compatible, and so does not:
// whoever shares a receiver between threads has to take its constness away.

#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::IsOk;

template <class S, class V>
concept SendsThroughConst = requires(const S& sender, const V& value,
                                     V&& movable) {
  sender.Send(value);
  sender.Send(std::move(movable));
  sender.TrySend(value);
  sender.SendFor(value, absl::Seconds(1));
  sender.SendUntil(value, absl::InfiniteFuture());
};

template <class R>
concept Receives = requires(R& receiver) {
  receiver.Recv();
  receiver.TryRecv();
};

// One owner at a time, who may hand it to another thread.
template <class R>
inline constexpr bool kHasOneOwner =
    std::is_nothrow_move_constructible_v<R>&&
        std::is_nothrow_move_assignable_v<R> &&
    !std::is_copy_constructible_v<R> && !std::is_copy_assignable_v<R>;

static_assert(SendsThroughConst<Sender<std::string>, std::string>);
static_assert(std::is_copy_constructible_v<Sender<std::string>>);
static_assert(std::is_nothrow_move_constructible_v<Sender<std::string>>);
static_assert(Receives<Receiver<std::string>>);
static_assert(!Receives<const Receiver<std::string>>);
static_assert(kHasOneOwner<Receiver<std::string>>);
static_assert(SendsThroughConst<BytesSender, std::string_view>);
static_assert(std::is_copy_constructible_v<BytesSender>);
static_assert(Receives<BytesReceiver>);
static_assert(!Receives<const BytesReceiver>);
static_assert(kHasOneOwner<BytesReceiver>);
static_assert(std::is_copy_constructible_v<OpaqueSender>);
static_assert(kHasOneOwner<OpaqueReceiver>);
static_assert(kHasOneOwner<ReceiverEvent>);
static_assert(std::is_move_constructible_v<ReceiverSet> &&
              !std::is_copy_constructible_v<ReceiverSet>);

TEST(ThreadSafetyTest, OneSenderServesManyThreadsAtOnce) {
  absl::StatusOr<ChannelEnds<std::string>> ends = Channel<std::string>();
  ASSERT_THAT(ends, IsOk());
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&sender = std::as_const(ends->sender), i] {
      for (int j = 0; j < kEach; ++j) {
        EXPECT_THAT(sender.Send(std::to_string(i)), IsOk());
      }
    });
  }
  std::vector<int> counts(kThreads);
  for (int i = 0; i < kThreads * kEach; ++i) {
    const absl::StatusOr<std::string> number = ends->receiver.Recv();
    ASSERT_THAT(number, IsOk());
    ++counts.at(std::stoi(*number));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts, std::vector<int>(kThreads, kEach));
}

}  // namespace
}  // namespace ipc_channel
