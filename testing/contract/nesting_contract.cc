// Receivers inside messages in the queues of receivers, and so on; and such
// that lie in each other's queues in a ring, which nobody can receive from.

#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::SharedMemory;
using ::ipc_channel::transport::UniqueFd;

constexpr absl::StatusCode kGone = absl::StatusCode::kUnavailable;
constexpr int kDepths[] = {3, 4, 5, 16, 64, 256};

// Every system takes three levels, if other tests of this user have not too
// many descriptors in flight. Where one refuses more, waiting does not help.
absl::Time DeadlineAt(int depth) {
  return depth < 3 ? Soon() : absl::InfinitePast();
}

// Puts the receiver in `outermost`, which is to be empty, into the queue of a
// new channel that takes its place, `times` times or until the system refuses
// (Linux did, before 6.10, at a depth of five). Gives how often it was done.
// Each message has a name and, at every seventh depth, a payload apart.
template <class NewChannel>
int Wrap(NewChannel new_channel, int times, Receiver& outermost) {
  for (int depth = 0; depth < times; ++depth) {
    ChannelPair outer = new_channel();
    const std::string name = std::to_string(depth);
    const std::vector<std::byte> large = Pattern(100'000);
    const absl::Status status = outer.sender.Send(
        depth % 7 == 6 ? std::span<const std::byte>(large) : Bytes(name),
        Lend(outermost), DeadlineAt(depth));
    if (!status.ok()) {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
      EXPECT_FALSE(IsFull(status));
      EXPECT_TRUE(outermost.valid());
      return depth;
    }
    EXPECT_OK(SendText(outer.sender, "behind"));
    outermost = std::move(outer.receiver);
  }
  return times;
}

// The reverse, `times` times.
void Unwrap(int times, Receiver& outermost) {
  Message message;
  for (int depth = times - 1; depth >= 0; --depth) {
    ASSERT_OK(outermost.Receive(message, Soon()));
    if (depth % 7 == 6) {
      ASSERT_TRUE(Holds(message, Pattern(100'000)));
    } else {
      ASSERT_EQ(Text(message.payload()), std::to_string(depth));
    }
    auto inner = Take<Receiver>(message, 0);
    ASSERT_THAT(ReceiveText(outermost), IsOkAndHolds("behind"));
    ASSERT_THAT(ReceiveText(outermost), StatusIs(kGone));
    outermost = std::move(inner);
  }
}

TEST_P(TransportContractTest, WhatLiesInNestedReceiversArrivesFromAnyDepth) {
  for (const int depth : kDepths) {
    SCOPED_TRACE(depth);
    auto [sender, receiver] = NewChannel();
    Pipe pipe = NewPipe();
    ASSERT_OK(SendText(sender, "innermost"));
    ASSERT_OK(sender.Send(Pattern(100'000), Lend(pipe.write_end), Soon()));
    const int done = Wrap([this] { return NewChannel(); }, depth, receiver);
    ASSERT_GE(done, 3);
    ASSERT_OK(SendText(sender, "sent while it was queued"));
    Unwrap(done, receiver);
    ASSERT_THAT(ReceiveText(receiver), IsOkAndHolds("innermost"));
    Message message;
    ASSERT_OK(receiver.Receive(message, Soon()));
    EXPECT_TRUE(Holds(message, Pattern(100'000)));
    EXPECT_TRUE(IsPipe(Take<UniqueFd>(message, 0), pipe.read_end));
    EXPECT_THAT(ReceiveText(receiver),
                IsOkAndHolds("sent while it was queued"));
    EXPECT_TRUE(AreConnected(sender, receiver));
  }
}

TEST_P(TransportContractTest, NestedReceiversDroppedUnreceivedAreGone) {
  for (const int depth : kDepths) {
    SCOPED_TRACE(depth);
    auto [sender, receiver] = NewChannel();
    Pipe pipe = NewPipe();
    ASSERT_OK(sender.Send({}, Lend(pipe.write_end), Soon()));
    Wrap([this] { return NewChannel(); }, depth, receiver);
    receiver = Receiver();
    EXPECT_TRUE(IsClosed(pipe.read_end));
    EXPECT_THAT(SendText(sender, "late"), StatusIs(kGone));
  }
}

// Sends without waiting until the channel is full, then waits: nobody makes
// room but the system, when it finds that nobody can receive.
absl::Status SendUntilTold(const Sender& sender) {
  absl::Status status;
  do {
    status = sender.Send(Bytes("more"), absl::InfinitePast());
  } while (status.ok());
  const absl::Time deadline = Soon();
  while (status.ok() || IsFull(status)) {
    status = sender.Send(Bytes("waits"), deadline);
  }
  return status;
}

// A ring of `size` channels, the receiver of each queued in the next one, with
// messages of all kinds before and behind it.
struct Ring {
  template <class NewChannel>
  Ring(NewChannel new_channel, std::size_t size) : pipe(NewPipe()) {
    for (std::size_t i = 0; i < size; ++i) channels.push_back(new_channel());
    for (ChannelPair& channel : channels) FillABit(channel.sender);
    for (std::size_t i = 0; i < size; ++i) {
      const Sender& next = channels[(i + 1) % size].sender;
      EXPECT_OK(
          next.Send(Bytes("the ring"), Lend(channels[i].receiver), Soon()));
    }
    pipe.write_end.Reset();
  }

  void FillABit(const Sender& sender) {
    const absl::StatusOr<SharedMemory> memory =
        SharedMemory::CopyOf(Pattern(5'000));
    ASSERT_OK(memory);
    UniqueFd copy(::dup(pipe.write_end.get()));
    EXPECT_OK(sender.Send(Bytes("a bit"), {copy, *memory, sender}, Soon()));
    EXPECT_OK(sender.Send(Pattern(100'000), Soon()));
  }

  Pipe pipe;
  std::vector<ChannelPair> channels;
};

TEST_P(TransportContractTest, ReceiversQueuedInARingAreGoneWithAllThatIsThere) {
  for (std::size_t size = 1; size <= 3; ++size) {
    SCOPED_TRACE(size);
    Ring ring([this] { return NewChannel(); }, size);
    for (const ChannelPair& channel : ring.channels) {
      EXPECT_FALSE(channel.receiver.valid());
      EXPECT_THAT(SendUntilTold(channel.sender), StatusIs(kGone));
    }
    EXPECT_TRUE(IsClosed(ring.pipe.read_end));
  }
}

// What hangs from a ring goes with it.
TEST_P(TransportContractTest, ReceiverQueuedInARingIsGone) {
  auto [sender, receiver] = NewChannel();
  ChannelPair ring = NewChannel();
  ASSERT_OK(SendText(sender, "lost with it"));
  ASSERT_OK(ring.sender.Send({}, Lend(receiver), Soon()));
  ASSERT_OK(ring.sender.Send({}, Lend(ring.receiver), Soon()));
  EXPECT_THAT(SendUntilTold(sender), StatusIs(kGone));
}

// A ring that somebody can still receive from is none.
TEST_P(TransportContractTest, ReceiversQueuedInARowAreKept) {
  ChannelPair first = NewChannel();
  ChannelPair second = NewChannel();
  ASSERT_OK(second.sender.Send({}, Lend(first.receiver, second.sender)));
  ASSERT_OK(first.sender.Send({}, Lend(second.sender, first.sender)));
  // The system may look for what nobody can reach whenever it likes.
  for (int i = 0; i < 10; ++i) NewChannel();
  Message message;
  ASSERT_OK(second.receiver.Receive(message, Soon()));
  auto received = Take<Receiver>(message, 0);
  ASSERT_OK(received.Receive(message, Soon()));
  EXPECT_TRUE(AreConnected(Take<Sender>(message, 0), second.receiver));
}

}  // namespace
}  // namespace ipc_channel_testing
