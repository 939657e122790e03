#include "ipc_channel/transport/ready_list.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/allocation_count.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AllocationCount;

using Tokens = std::vector<std::uint64_t>;

void Enroll(ReadyList& list) {
  for (const std::uint64_t token : {1, 2, 3, 5}) list.Enroll(token);
}

// At most `limit` tokens of `list`.
Tokens Take(ReadyList& list, std::size_t limit) {
  Tokens tokens(limit);
  tokens.resize(list.Take(tokens));
  return tokens;
}

TEST(ReadyListTest, GivesTheOldestFirstAndEachOnce) {
  ReadyList list;
  Enroll(list);
  for (const std::uint64_t token : {3, 1, 3, 2, 1}) list.OnReady(token);
  EXPECT_EQ(list.SizeOrWakeNext(), 3u);
  EXPECT_EQ(Take(list, 2), (Tokens{3, 1}));
  list.OnReady(3);
  EXPECT_EQ(Take(list, 9), (Tokens{2, 3}));
  EXPECT_EQ(Take(list, 9), Tokens{});
}

TEST(ReadyListTest, WhatIsForgottenIsNotGivenUntilItIsEnrolledAgain) {
  ReadyList list;
  Enroll(list);
  for (const std::uint64_t token : {1, 2, 3}) list.OnReady(token);
  list.Forget(2);
  list.Forget(7);
  list.OnReady(2);
  list.OnReady(7);
  EXPECT_EQ(Take(list, 9), (Tokens{1, 3}));
  list.Enroll(2);
  list.OnReady(2);
  EXPECT_EQ(Take(list, 9), Tokens{2});
}

TEST(ReadyListTest, ListingTakesNoMemory) {
  ReadyList list;
  Enroll(list);
  const std::uint64_t before = AllocationCount();
  for (const std::uint64_t token : {1, 2, 3}) list.OnReady(token);
  const std::uint64_t after = AllocationCount();
  EXPECT_EQ(after, before);
  EXPECT_EQ(Take(list, 9), (Tokens{1, 2, 3}));
}

TEST(ReadyListTest, WakesOnceAndOnlyWhenAsked) {
  int wake_ups = 0;
  ReadyList list([&] { ++wake_ups; });
  Enroll(list);
  list.OnReady(1);
  EXPECT_EQ(list.SizeOrWakeNext(), 1u);
  list.OnReady(2);
  EXPECT_EQ(wake_ups, 0);
  Take(list, 9);
  EXPECT_EQ(list.SizeOrWakeNext(), 0u);
  list.OnReady(1);
  list.OnReady(2);
  EXPECT_EQ(wake_ups, 1);
}

TEST(ReadyListTest, WaitEndsWithATokenOrAtTheDeadline) {
  ReadyList list;
  Enroll(list);
  list.Wait(absl::InfinitePast());
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  list.Wait(deadline);
  EXPECT_GE(absl::Now(), deadline);
  std::thread other([&] { list.OnReady(5); });
  list.Wait(absl::InfiniteFuture());
  EXPECT_EQ(Take(list, 9), Tokens{5});
  other.join();
}

}  // namespace
}  // namespace ipc_channel::transport
