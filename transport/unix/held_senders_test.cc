#include "ipc_channel/transport/unix/held_senders.h"

#include <cstddef>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/payload.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {
namespace {

constexpr HeldSenders::Word kClaimed = HeldSenders::Word::kClaimed;
constexpr HeldSenders::Word kTrue = HeldSenders::Word::kTrue;

class DeafLane final : public SenderLane {
 public:
  absl::Status Send(const Payload&, std::span<const HandleRef>,
                    absl::Time) override {
    return absl::OkStatus();
  }
  BorrowedFd descriptor() const override { return BorrowedFd(); }
};

class HeldSendersTest : public ::testing::Test {
 protected:
  HeldSenders held_;
  const std::shared_ptr<SenderLane> first_ = std::make_shared<DeafLane>();
  const std::shared_ptr<SenderLane> second_ = std::make_shared<DeafLane>();
};

TEST_F(HeldSendersTest, FindsWhatWasAddedUntilItIsRemoved) {
  EXPECT_EQ(held_.Find(7), nullptr);
  EXPECT_EQ(held_.Add(7, kClaimed, first_), nullptr);
  EXPECT_EQ(held_.Find(7), first_);
  EXPECT_EQ(held_.Find(8), nullptr);
  held_.Remove(7, first_.get());
  EXPECT_EQ(held_.Find(7), nullptr);
  EXPECT_EQ(held_.size(), 0u);
}

TEST_F(HeldSendersTest, TheFirstOfTwoEqualWordsStays) {
  EXPECT_EQ(held_.Add(1, kClaimed, first_), nullptr);
  EXPECT_EQ(held_.Add(1, kClaimed, second_), first_);
  EXPECT_EQ(held_.Find(1), first_);
  EXPECT_EQ(held_.Add(2, kTrue, first_), nullptr);
  EXPECT_EQ(held_.Add(2, kTrue, second_), first_);
  EXPECT_EQ(held_.Find(2), first_);
}

TEST_F(HeldSendersTest, TruthDisplacesAClaimAndNotTheReverse) {
  EXPECT_EQ(held_.Add(1, kClaimed, first_), nullptr);
  EXPECT_EQ(held_.Add(1, kTrue, second_), nullptr);
  EXPECT_EQ(held_.Find(1), second_);
  EXPECT_EQ(held_.Add(1, kClaimed, first_), second_);
  EXPECT_EQ(held_.Find(1), second_);
}

TEST_F(HeldSendersTest, ClaimThatProvesTrueStays) {
  EXPECT_EQ(held_.Add(1, kClaimed, first_), nullptr);
  EXPECT_EQ(held_.Add(1, kTrue, first_), nullptr);
  EXPECT_EQ(held_.Add(1, kTrue, second_), first_);
}

TEST_F(HeldSendersTest, OneThatLostItsPlaceTakesNobodyElseAway) {
  EXPECT_EQ(held_.Add(1, kClaimed, first_), nullptr);
  EXPECT_EQ(held_.Add(1, kTrue, second_), nullptr);
  held_.Remove(1, first_.get());
  EXPECT_EQ(held_.Find(1), second_);
}

TEST_F(HeldSendersTest, KeepsNothingAliveAndGivesThePlaceOfTheDead) {
  std::shared_ptr<SenderLane> dying = std::make_shared<DeafLane>();
  EXPECT_EQ(held_.Add(1, kTrue, dying), nullptr);
  dying.reset();
  EXPECT_EQ(held_.Find(1), nullptr);
  EXPECT_EQ(held_.Add(1, kClaimed, first_), nullptr);
  EXPECT_EQ(held_.Find(1), first_);
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
