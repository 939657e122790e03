#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::kMaxMessageHandles;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::SharedMemory;
using ::ipc_channel::transport::UniqueFd;

TEST_P(TransportContractTest, SenderTravelsAndWorks) {
  auto [sender, receiver] = NewChannel();
  ChannelPair carried = NewChannel();
  ASSERT_OK(sender.Send({}, Lend(carried.sender)));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 1u);
  const Sender arrived = Take<Sender>(message, 0);
  EXPECT_TRUE(AreConnected(arrived, carried.receiver));
  EXPECT_TRUE(AreConnected(carried.sender, carried.receiver));
}

TEST_P(TransportContractTest, ReceiverTravelsAndWorks) {
  auto [sender, receiver] = NewChannel();
  ChannelPair carried = NewChannel();
  ASSERT_OK(sender.Send({}, Lend(carried.receiver)));
  EXPECT_FALSE(carried.receiver.valid());
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 1u);
  Receiver arrived = Take<Receiver>(message, 0);
  EXPECT_TRUE(AreConnected(carried.sender, arrived));
}

TEST_P(TransportContractTest, DescriptorTravelsAndWorks) {
  auto [sender, receiver] = NewChannel();
  Pipe pipe = NewPipe();
  ASSERT_OK(sender.Send({}, Lend(pipe.write_end)));
  EXPECT_FALSE(pipe.write_end.valid());
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 1u);
  EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, 0), pipe.read_end));
  EXPECT_TRUE(IsClosed(pipe.read_end));
}

TEST_P(TransportContractTest, SharedMemoryTravelsAndOutlivesItsMaker) {
  auto [sender, receiver] = NewChannel();
  const std::vector<std::byte> bytes = Pattern(300'000);
  Message message;
  {
    ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                         SharedMemory::CopyOf(bytes));
    ASSERT_OK(sender.Send({}, Lend(memory)));
    EXPECT_EQ(memory.bytes().size(), bytes.size());
  }
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 1u);
  const SharedMemory arrived = Take<SharedMemory>(message, 0);
  message.Clear();
  EXPECT_TRUE(std::ranges::equal(arrived.bytes(), bytes));
}

TEST_P(TransportContractTest, EmptySharedMemoryTravelsAmongOthers) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::CopyOf(Bytes("not empty")));
  const SharedMemory empty;
  ASSERT_OK(sender.Send({}, Lend(empty, memory, empty, sender)));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  ASSERT_EQ(message.handles().size(), 4u);
  EXPECT_TRUE(Take<SharedMemory>(message, 0).bytes().empty());
  EXPECT_EQ(Text(Take<SharedMemory>(message, 1).bytes()), "not empty");
  EXPECT_TRUE(Take<SharedMemory>(message, 2).bytes().empty());
  EXPECT_TRUE(AreConnected(Take<Sender>(message, 3), receiver));
}

TEST_P(TransportContractTest, ReceivedHandlesCanBeSentOn) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::CopyOf(Bytes("block")));
  ChannelPair carried = NewChannel();
  ASSERT_OK(sender.Send({}, Lend(memory, carried.sender, carried.receiver)));
  Message message;
  for (int hop = 0; hop < 3; ++hop) {
    ASSERT_OK(receiver.Receive(message, Soon()));
    const SharedMemory block = Take<SharedMemory>(message, 0);
    const Sender carried_sender = Take<Sender>(message, 1);
    Receiver carried_receiver = Take<Receiver>(message, 2);
    ASSERT_OK(sender.Send({}, Lend(block, carried_sender, carried_receiver)));
  }
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_EQ(Text(Take<SharedMemory>(message, 0).bytes()), "block");
  Receiver arrived = Take<Receiver>(message, 2);
  EXPECT_TRUE(AreConnected(Take<Sender>(message, 1), arrived));
}

TEST_P(TransportContractTest, KindsTravelTogetherInOrderWithAnyPayload) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK_AND_ASSIGN(const SharedMemory memory,
                       SharedMemory::CopyOf(Bytes("block")));
  for (const std::size_t size : {0, 1'000, 1 << 20}) {
    SCOPED_TRACE(size);
    ChannelPair first = NewChannel();
    ChannelPair second = NewChannel();
    Pipe pipe = NewPipe();
    ASSERT_OK(sender.Send(Pattern(size),
                          Lend(first.sender, memory, pipe.write_end,
                               second.receiver, second.sender, memory),
                          Soon()));
    Message message;
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(size)));
    ASSERT_EQ(message.handles().size(), 6u);
    EXPECT_TRUE(AreConnected(Take<Sender>(message, 0), first.receiver));
    EXPECT_EQ(Text(Take<SharedMemory>(message, 1).bytes()), "block");
    EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, 2), pipe.read_end));
    Receiver second_receiver = Take<Receiver>(message, 3);
    EXPECT_TRUE(AreConnected(Take<Sender>(message, 4), second_receiver));
    EXPECT_EQ(Text(Take<SharedMemory>(message, 5).bytes()), "block");
  }
}

// What this process may open is often less than a message carries.
void RaiseDescriptorLimit() {
  rlimit limit = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t needed = 2 * kMaxMessageHandles;
  if (limit.rlim_cur >= needed) return;
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST_P(TransportContractTest, AsManyHandlesAsAllowedTravel) {
  static_assert(kMaxMessageHandles >= 1'000);
  RaiseDescriptorLimit();
  auto [sender, receiver] = NewChannel();
  for (const std::size_t size : {0, 60'000, 1 << 20}) {
    SCOPED_TRACE(size);
    ChannelPair first = NewChannel();
    ChannelPair last = NewChannel();
    std::vector<HandleRef> handles(kMaxMessageHandles, sender);
    handles.front() = first.sender;
    handles.back() = last.sender;
    ASSERT_OK(sender.Send(Pattern(size), handles, Soon()));
    Message message;
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(size)));
    ASSERT_EQ(message.handles().size(), kMaxMessageHandles);
    EXPECT_TRUE(AreConnected(Take<Sender>(message, 0), first.receiver));
    EXPECT_TRUE(AreConnected(Take<Sender>(message, 100), receiver));
    EXPECT_TRUE(AreConnected(Take<Sender>(message, kMaxMessageHandles - 1),
                             last.receiver));
  }
}

TEST_P(TransportContractTest, ReceiverTravelsWithWhatIsQueued) {
  auto [sender, receiver] = NewChannel();
  ChannelPair carried = NewChannel();
  ASSERT_OK(SendText(carried.sender, "before"));
  ASSERT_OK(carried.sender.Send(Pattern(200'000), Lend(sender), Soon()));
  ASSERT_OK(sender.Send({}, Lend(carried.receiver)));
  ASSERT_OK(SendText(carried.sender, "on the way"));
  carried.sender = Sender();

  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  Receiver arrived = Take<Receiver>(message, 0);
  EXPECT_THAT(ReceiveText(arrived), IsOkAndHolds("before"));
  ASSERT_OK(arrived.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(200'000)));
  EXPECT_TRUE(AreConnected(Take<Sender>(message, 0), receiver));
  EXPECT_THAT(ReceiveText(arrived), IsOkAndHolds("on the way"));
  EXPECT_THAT(ReceiveText(arrived), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(TransportContractTest, ReceiverTravelsWithAReceiverInItsQueue) {
  auto [sender, receiver] = NewChannel();
  ChannelPair middle = NewChannel();
  ChannelPair inner = NewChannel();
  ASSERT_OK(SendText(inner.sender, "innermost"));
  ASSERT_OK(middle.sender.Send({}, Lend(inner.receiver)));
  ASSERT_OK(sender.Send({}, Lend(middle.receiver)));

  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  Receiver middle_receiver = Take<Receiver>(message, 0);
  ASSERT_OK(middle_receiver.Receive(message, Soon()));
  Receiver inner_receiver = Take<Receiver>(message, 0);
  EXPECT_THAT(ReceiveText(inner_receiver), IsOkAndHolds("innermost"));
  EXPECT_TRUE(AreConnected(inner.sender, inner_receiver));
}

TEST_P(TransportContractTest, ChannelCarriesItsOwnSender) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(sender.Send({}, Lend(sender, sender)));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_TRUE(AreConnected(Take<Sender>(message, 0), receiver));
  EXPECT_TRUE(AreConnected(Take<Sender>(message, 1), receiver));
}

// What a message is made to hold, seen from outside.
struct HeldHandles {
  Pipe pipe = NewPipe();
  ChannelPair dropped;
  ChannelPair ended;

  absl::Status SendOver(const Sender& sender) {
    absl::Status status =
        sender.Send({}, Lend(pipe.write_end, dropped.receiver, ended.sender));
    ended.sender = Sender();
    return status;
  }

  void ExpectClosed() {
    EXPECT_TRUE(IsClosed(pipe.read_end));
    EXPECT_THAT(SendText(dropped.sender, "anyone?"),
                StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(ReceiveText(ended.receiver),
                StatusIs(absl::StatusCode::kUnavailable));
  }
};

TEST_P(TransportContractTest, UnclaimedHandlesCloseWhenTheMessageIsDestroyed) {
  auto [sender, receiver] = NewChannel();
  HeldHandles held = {.dropped = NewChannel(), .ended = NewChannel()};
  ASSERT_OK(held.SendOver(sender));
  {
    Message message;
    ASSERT_OK(receiver.Receive(message, Soon()));
  }
  held.ExpectClosed();
}

TEST_P(TransportContractTest, UnclaimedHandlesCloseWhenTheMessageIsCleared) {
  auto [sender, receiver] = NewChannel();
  HeldHandles held = {.dropped = NewChannel(), .ended = NewChannel()};
  ASSERT_OK(held.SendOver(sender));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  message.Clear();
  held.ExpectClosed();
}

TEST_P(TransportContractTest, UnclaimedHandlesCloseAtTheNextReceive) {
  auto [sender, receiver] = NewChannel();
  HeldHandles held = {.dropped = NewChannel(), .ended = NewChannel()};
  ASSERT_OK(held.SendOver(sender));
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_THAT(receiver.TryReceive(message), IsOkAndHolds(false));
  held.ExpectClosed();
}

// The former content of the message is the last sender of the very channel that
// is received from.
TEST_P(TransportContractTest, ReceiveDropsTheLastSenderOfItsOwnChannel) {
  auto [sender, receiver] = NewChannel();
  ASSERT_OK(sender.Send({}, Lend(sender)));
  sender = Sender();
  Message message;
  ASSERT_OK(receiver.Receive(message, Soon()));
  EXPECT_THAT(receiver.Receive(message, Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_P(TransportContractTest, UnreceivedHandlesCloseWithTheReceiver) {
  auto [sender, receiver] = NewChannel();
  HeldHandles held = {.dropped = NewChannel(), .ended = NewChannel()};
  ASSERT_OK(held.SendOver(sender));
  Message message;
  EXPECT_THAT(held.ended.receiver.TryReceive(message), IsOkAndHolds(false));
  receiver = Receiver();
  held.ExpectClosed();
}

}  // namespace
}  // namespace ipc_channel_testing
