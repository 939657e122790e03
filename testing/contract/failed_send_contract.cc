#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/pollable.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::kDefaultMaxMessageBytes;
using ::ipc_channel::transport::kMaxMessageHandles;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::UniqueFd;

// Something of each kind that a send consumes or shares, lent to sends that
// fail, and afterwards found to be as it was.
class Loan {
 public:
  explicit Loan(ChannelPair channel) : channel_(std::move(channel)) {
    EXPECT_OK(SendText(channel_.sender, "queued"));
  }

  std::vector<HandleRef> handles() {
    return {channel_.receiver, pipe_.write_end, channel_.sender};
  }
  Receiver& receiver() { return channel_.receiver; }
  UniqueFd& descriptor() { return pipe_.write_end; }

  void ExpectUntouched() {
    ASSERT_TRUE(channel_.receiver.valid());
    ASSERT_TRUE(channel_.sender.valid());
    EXPECT_TRUE(IsPipe(pipe_.write_end, pipe_.read_end));
    EXPECT_THAT(ReceiveText(channel_.receiver), IsOkAndHolds("queued"));
    EXPECT_TRUE(AreConnected(channel_.sender, channel_.receiver));
    // Nobody else holds an end either.
    channel_.sender = Sender();
    EXPECT_THAT(ReceiveText(channel_.receiver),
                StatusIs(absl::StatusCode::kUnavailable));
    pipe_.write_end.Reset();
    EXPECT_TRUE(IsClosed(pipe_.read_end));
  }

 private:
  ChannelPair channel_;
  Pipe pipe_ = NewPipe();
};

TEST_P(TransportContractTest, SendToAFullChannelTakesNothing) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(Fill(sender));
  for (const std::size_t size : {0, 1 << 20}) {
    Loan loan(NewChannel());
    const absl::Status status =
        sender.Send(Pattern(size), loan.handles(), absl::InfinitePast());
    EXPECT_TRUE(IsFull(status)) << status;
    EXPECT_THAT(sender.Send(Pattern(size), loan.handles(),
                            absl::Now() + absl::Milliseconds(5)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    loan.ExpectUntouched();
  }
}

TEST_P(TransportContractTest, SendToADroppedReceiverTakesNothing) {
  auto [sender, receiver] = NewChannel();
  receiver = Receiver();
  for (const std::size_t size : {0, 1 << 20}) {
    Loan loan(NewChannel());
    EXPECT_THAT(sender.Send(Pattern(size), loan.handles()),
                StatusIs(absl::StatusCode::kUnavailable));
    loan.ExpectUntouched();
  }
}

TEST_P(TransportContractTest, AReceiverThatWasNotSentIsReadableForMessages) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(Fill(sender));
  ChannelPair loan = NewChannel();
  EXPECT_FALSE(PairIsReady(loan.receiver));
  const std::vector<HandleRef> handles = {loan.receiver};
  EXPECT_TRUE(IsFull(sender.Send({}, handles, absl::InfinitePast())));
  EXPECT_FALSE(PairIsReady(loan.receiver));
  ASSERT_OK(SendText(loan.sender, "later"));
  EXPECT_TRUE(PairIsReady(loan.receiver, absl::Minutes(1)));
  EXPECT_THAT(ReceiveText(loan.receiver), IsOkAndHolds("later"));
  EXPECT_FALSE(PairIsReady(loan.receiver));
}

// A send with handles that must fail with `code`, each time with a good loan
// before them and behind them.
void ExpectRefused(const Sender& sender, Loan& loan,
                   std::vector<HandleRef> culprits, absl::StatusCode code) {
  std::vector<HandleRef> first = loan.handles();
  first.insert(first.end(), culprits.begin(), culprits.end());
  EXPECT_THAT(sender.Send({}, first), StatusIs(code));
  for (const HandleRef& handle : loan.handles()) culprits.push_back(handle);
  EXPECT_THAT(sender.Send(Pattern(100'000), culprits), StatusIs(code));
}

TEST_P(TransportContractTest, SendOfTooManyHandlesTakesNothing) {
  auto [sender, receiver] = NewChannel();
  Loan loan(NewChannel());
  ExpectRefused(sender, loan,
                std::vector<HandleRef>(kMaxMessageHandles - 2, sender),
                absl::StatusCode::kOutOfRange);
  loan.ExpectUntouched();
  EXPECT_TRUE(AreConnected(sender, receiver));
}

TEST_P(TransportContractTest, SendOfAnEmptyHandleTakesNothing) {
  auto [sender, receiver] = NewChannel();
  Loan loan(NewChannel());
  const Sender no_sender;
  Receiver no_receiver;
  UniqueFd no_descriptor;
  for (const HandleRef culprit :
       std::vector<HandleRef>{no_sender, no_receiver, no_descriptor}) {
    ExpectRefused(sender, loan, {culprit}, absl::StatusCode::kInvalidArgument);
  }
  loan.ExpectUntouched();
  EXPECT_TRUE(AreConnected(sender, receiver));
}

TEST_P(TransportContractTest, SendOfOneHandleTwiceTakesNothing) {
  auto [sender, receiver] = NewChannel();
  Loan loan(NewChannel());
  ExpectRefused(sender, loan, {loan.receiver()},
                absl::StatusCode::kInvalidArgument);
  ExpectRefused(sender, loan, {sender, loan.descriptor()},
                absl::StatusCode::kInvalidArgument);
  loan.ExpectUntouched();
  EXPECT_TRUE(AreConnected(sender, receiver));
}

TEST_P(TransportContractTest, SendOfItsOwnReceiverTwiceTakesNothing) {
  auto [sender, receiver] = NewChannel();
  EXPECT_THAT(sender.Send({}, Lend(receiver, receiver)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(AreConnected(sender, receiver));
}

// The span is a lie that nobody may look into.
TEST_P(TransportContractTest, SendOverTheSizeLimitTakesNothing) {
  auto [sender, receiver] = NewChannel();
  Loan loan(NewChannel());
  std::byte byte = {};
  EXPECT_THAT(sender.Send(std::span<const std::byte>(
                              &byte, kDefaultMaxMessageBytes + 1),
                          loan.handles()),
              StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(sender.Send(std::span<const std::byte>(
                              &byte, static_cast<std::size_t>(-1) / 2),
                          loan.handles()),
              StatusIs(absl::StatusCode::kOutOfRange));
  loan.ExpectUntouched();
  EXPECT_TRUE(AreConnected(sender, receiver));
}

TEST_P(TransportContractTest, MovedFromSenderRefusesAndTakesNothing) {
  auto [sender, receiver] = NewChannel();
  const Sender moved = std::move(sender);
  Loan loan(NewChannel());
  EXPECT_FALSE(sender.valid());  // NOLINT: what a moved-from object says
  EXPECT_THAT(sender.Send({}, loan.handles()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(sender.Send(Bytes("text")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  loan.ExpectUntouched();
  EXPECT_TRUE(AreConnected(moved, receiver));
}

TEST_P(TransportContractTest, MovedFromReceiverRefuses) {
  auto [sender, receiver] = NewChannel();
  Receiver moved = std::move(receiver);
  Message message;
  EXPECT_FALSE(receiver.valid());  // NOLINT: what a moved-from object says
  EXPECT_THAT(receiver.Receive(message),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(receiver.TryReceive(message),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(AreConnected(sender, moved));
}

TEST_P(TransportContractTest, ReceiverConsumedByASendRefuses) {
  auto [sender, receiver] = NewChannel();
  ChannelPair carried = NewChannel();
  ASSERT_OK(sender.Send({}, Lend(carried.receiver)));
  Message message;
  EXPECT_THAT(carried.receiver.Receive(message),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(sender.Send({}, Lend(carried.receiver)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace ipc_channel_testing
