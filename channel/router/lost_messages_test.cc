// Messages that are none, or too much: events of their route and of no other.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/executor.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/router/router_stats.h"
#include "ipc_channel/channel/router/test_helpers.h"
#include "ipc_channel/testing/fault_injection.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FaultInjector;
using ::ipc_channel_testing::FaultPlan;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;

constexpr int kDataLoss = -static_cast<int>(absl::StatusCode::kDataLoss);
constexpr int kExhausted =
    -static_cast<int>(absl::StatusCode::kResourceExhausted);

// A value, or a code as a negative number.
int Summary(const absl::StatusOr<int>& value) {
  return value.ok() ? *value : -static_cast<int>(value.status().code());
}

class InlineExecutor final : public Executor {
 public:
  void Execute(Task task) override { std::move(task)(); }
};

class LostMessagesTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void AddReporter(Receiver<int> receiver) {
    AddReporter(*router_, std::move(receiver));
  }
  void AddReporter(Router& router, Receiver<int> receiver) {
    EXPECT_OK(router.AddRoute(std::move(receiver),
                              [this](const absl::StatusOr<int>& value) {
                                reports_.Add(Summary(value));
                              }));
  }

  Reports<int> reports_;  // outlives what reports
  const std::unique_ptr<Router> router_ = MakeRouter();
};

TEST_F(LostMessagesTest, NonsenseIsToldToItsRouteWhichGoesOn) {
  ChannelEnds<int> ends = MakeChannel<int>();
  ChannelEnds<int> other = MakeChannel<int>();
  AddReporter(std::move(ends.receiver));
  AddReporter(std::move(other.receiver));
  const transport::Sender& raw = ends.sender.raw();
  const std::string nonsense = "abc";
  ASSERT_OK(raw.Send(std::as_bytes(std::span(nonsense))));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(kDataLoss));
  ASSERT_OK(raw.Send(std::span<const std::byte>()));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(kDataLoss));
  ASSERT_OK(other.sender.Send(1));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(1));
  ASSERT_OK(ends.sender.Send(2));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(2));
  EXPECT_TRUE(
      Eventually([&] { return router_->stats().messages_delivered == 2; }));
  EXPECT_EQ(router_->stats().messages_lost, 2u);
}

TEST_F(LostMessagesTest, ValueOfAnotherTypeAndItsHandlesAreDropped) {
  ChannelEnds<int> ends = MakeChannel<int>();
  AddReporter(std::move(ends.receiver));
  ChannelEnds<int> inner = MakeChannel<int>();
  const Sender<Receiver<int>> liar(ends.sender.raw());
  for (int i = 0; i < 3; ++i) {
    ChannelEnds<int> each = MakeChannel<int>();
    ASSERT_OK(liar.Send(std::move(each.receiver)));
    EXPECT_THAT(reports_.Next(), IsOkAndHolds(kDataLoss));
    EXPECT_TRUE(
        Eventually([&] { return IsDisconnected(each.sender.Send(1)); }));
  }
}

TEST_F(LostMessagesTest, MessageOverTheLimitsOfTheReceiverIsToldToItsRoute) {
  ChannelEnds<std::vector<int>> ends = MakeChannel<std::vector<int>>();
  ends.receiver.raw().SetMaxMessageBytes(1000);
  ASSERT_OK(router_->AddRoute(
      std::move(ends.receiver),
      [this](const absl::StatusOr<std::vector<int>>& value) {
        reports_.Add(value.ok() ? static_cast<int>(value->size())
                                : -static_cast<int>(value.status().code()));
      }));
  ASSERT_OK(ends.sender.Send(std::vector<int>(1000)));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(kDataLoss));
  ASSERT_OK(ends.sender.Send(std::vector<int>(10)));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(10));
}

TEST_F(LostMessagesTest, DecodeLimitsOfTheReceiverHold) {
  ChannelEnds<std::vector<std::vector<int>>> ends =
      MakeChannel<std::vector<std::vector<int>>>();
  serialize::DecodeLimits limits;
  limits.max_allocated_bytes = 0;
  limits.max_allocated_per_input_byte = 0;
  ends.receiver.SetDecodeLimits(limits);
  ASSERT_OK(router_->AddRoute(std::move(ends.receiver), [this](const auto& v) {
    reports_.Add(v.ok() ? 1 : -static_cast<int>(v.status().code()));
  }));
  ASSERT_OK(ends.sender.Send({{1}, {2}}));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(kDataLoss));
}

TEST_F(LostMessagesTest, HandlesAmongBytesAreDropped) {
  ASSERT_OK_AND_ASSIGN(BytesChannelEnds ends, BytesChannel());
  ASSERT_OK(router_->AddBytesRoute(
      std::move(ends.receiver),
      [this](const absl::StatusOr<std::span<const std::byte>>& bytes) {
        reports_.Add(bytes.ok() ? static_cast<int>(bytes->size())
                                : -static_cast<int>(bytes.status().code()));
      }));
  ChannelEnds<int> inner = MakeChannel<int>();
  ASSERT_OK(ends.sender.raw().Send({}, {inner.receiver.raw()}));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(kDataLoss));
  EXPECT_TRUE(Eventually([&] { return IsDisconnected(inner.sender.Send(1)); }));
  ASSERT_OK(ends.sender.Send("four"));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(4));
}

TEST_F(LostMessagesTest, OneShotRouteIsToldOfALossAndEnds) {
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(router_->AddOneShotRoute(std::move(ends.receiver),
                                     [this](const absl::StatusOr<int>& value) {
                                       reports_.Add(Summary(value));
                                     }));
  ASSERT_OK(ends.sender.raw().Send(std::span<const std::byte>()));
  EXPECT_THAT(reports_.Next(), IsOkAndHolds(kDataLoss));
  EXPECT_TRUE(Eventually([&] { return router_->stats().routes == 0; }));
  EXPECT_EQ(router_->stats().messages_lost, 1u);
}

TEST_F(LostMessagesTest, WhatTheTransportCannotReceiveKeepsNobodyBusy) {
  const std::vector<std::shared_ptr<Executor>> executors = {
      nullptr, std::make_shared<InlineExecutor>()};
  for (const std::shared_ptr<Executor>& executor : executors) {
    const std::unique_ptr<Router> router = MakeRouter({.executor = executor});
    FaultInjector faults(
        FaultPlan().LoseMessages(1, absl::ResourceExhaustedError("no memory")));
    ASSERT_OK_AND_ASSIGN(transport::ChannelPair pair,
                         transport::CreateChannel());
    Receiver<int> receiver(faults.Wrap(std::move(pair.receiver)));
    const Sender<int> sender(std::move(pair.sender));
    ChannelEnds<int> other = MakeChannel<int>();
    for (int i = 0; i < 6; ++i) ASSERT_OK(sender.Send(i));
    const absl::Time start = absl::Now();
    AddReporter(*router, std::move(receiver));
    AddReporter(*router, std::move(other.receiver));
    EXPECT_THAT(reports_.Next(), IsOkAndHolds(kExhausted));
    ASSERT_OK(other.sender.Send(1));
    std::vector<int> rest;
    for (int i = 0; i < 6; ++i) {
      ASSERT_OK_AND_ASSIGN(const int next, reports_.Next());
      rest.push_back(next);
    }
    EXPECT_THAT(rest, ::testing::UnorderedElementsAre(1, kExhausted, kExhausted,
                                                      kExhausted, kExhausted,
                                                      kExhausted));
    // There are pauses of 10 milliseconds at least between one and the next.
    EXPECT_GE(absl::Now() - start, absl::Milliseconds(50));
    EXPECT_TRUE(Eventually([&] { return router->stats().messages_lost == 6; }));
  }
}

}  // namespace
}  // namespace ipc_channel
