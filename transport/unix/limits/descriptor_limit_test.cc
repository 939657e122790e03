// RLIMIT_NOFILE is used up in the process that sends, or in the one that
// receives; the other one has room.

#include <sys/resource.h>

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/scoped_limit.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/child_ends.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FdLeakCheck;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::IsPipe;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;
using ::ipc_channel_testing::Text;

constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;
// More than fit beside one packet.
constexpr std::size_t kMany = 300;
// Needs an object or a carrier.
constexpr std::size_t kLarge = 300'000;

class DescriptorLimitTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;
};

// UBSan opens a pipe when it meets a class for the first time, which must not
// be at the limit. So everything is done once before.
void MeetAllClasses() {
  ChannelPair pair = NewUnixChannel();
  ChannelPair carried = NewUnixChannel();
  const SharedMemory memory = SharedMemory::CopyOf(Bytes("block")).value();
  std::vector<HandleRef> many(kMany, pair.sender);
  many.emplace_back(carried.receiver);
  many.emplace_back(memory);
  EXPECT_OK(pair.sender.Send(Pattern(kLarge), many, Soon()));
  EXPECT_OK(SendText(pair.sender, "small"));
  pair.sender = Sender();
  ReceiverSet set;
  EXPECT_OK(set.Add(std::move(pair.receiver)));
  std::vector<ReceiverSet::Event> buffer(1);
  EXPECT_OK(set.Wait(Soon(), buffer));
  auto received = Take<Receiver>(buffer[0].message, kMany);
  buffer[0].message.Clear();
  EXPECT_OK(set.Wait(Soon(), buffer));
  EXPECT_OK(set.Wait(Soon(), buffer));  // the end
  EXPECT_TRUE(AreConnected(carried.sender, received));
}

// ---- The sending process is at its limit.

// What a sender does under the limit. No expectations: those come after it.
struct Attempts {
  absl::Status created;
  absl::Status memory;
  absl::Status small;
  absl::Status with_handle;
  absl::Status large;
  absl::Status many;
  absl::Status many_and_large;
};

// With `room` descriptors more. What needs descriptors of its own may wait for
// as long as `deadline` says. What needs but some in flight does not wait:
// there may be more of this user's than so low a limit allows, of processes
// that have nothing to do with this.
Attempts AttemptWithRoomFor(int room, const Sender& sender,
                            std::span<const HandleRef> many,
                            absl::Time deadline) {
  const std::vector<std::byte> large = Pattern(kLarge);
  Attempts attempts;
  const ScopedDescriptorLimit limit(room);
  const Sender clone = sender;
  attempts.created = CreateUnixChannel().status();
  attempts.memory = SharedMemory::CopyOf(Bytes("block")).status();
  attempts.small = clone.Send(Bytes("small"));
  attempts.with_handle =
      clone.Send(Bytes("with handles"), {sender, clone}, absl::InfinitePast());
  attempts.large = clone.Send(large, deadline);
  attempts.many = clone.Send({}, many, deadline);
  attempts.many_and_large = clone.Send(large, many, deadline);
  return attempts;
}

bool IsExhausted(const absl::Status& status) {
  return absl::IsResourceExhausted(status) && !IsFull(status);
}

// Gives how many messages were accepted.
int SendFromTheLimit(const Sender& sender, bool has_memory_objects) {
  Pipe pipe = NewPipe();
  ChannelPair carried = NewUnixChannel();
  std::vector<HandleRef> many(kMany, sender);
  many.emplace_back(pipe.write_end);
  many.emplace_back(carried.receiver);
  const Attempts none =
      AttemptWithRoomFor(0, sender, many, absl::InfiniteFuture());
  EXPECT_OK(none.small);
  EXPECT_TRUE(none.with_handle.ok() || IsExhausted(none.with_handle));
  EXPECT_TRUE(IsExhausted(none.created));
  EXPECT_EQ(IsExhausted(none.memory), has_memory_objects) << none.memory;
  EXPECT_TRUE(IsExhausted(none.large)) << none.large;
  EXPECT_TRUE(IsExhausted(none.many)) << none.many;
  EXPECT_TRUE(IsExhausted(none.many_and_large)) << none.many_and_large;
  // One is enough for an object, and for nothing else.
  const Attempts one =
      AttemptWithRoomFor(1, sender, many, absl::InfinitePast());
  EXPECT_OK(one.small);
  EXPECT_TRUE(IsExhausted(one.created));
  EXPECT_TRUE(IsExhausted(one.large) || (one.large.ok() && has_memory_objects))
      << one.large;
  EXPECT_TRUE(IsExhausted(one.many)) << one.many;
  EXPECT_TRUE(IsExhausted(one.many_and_large)) << one.many_and_large;
  EXPECT_TRUE(IsPipe(pipe.write_end, pipe.read_end));
  EXPECT_TRUE(AreConnected(carried.sender, carried.receiver));
  return 2 + none.with_handle.ok() + one.with_handle.ok() + one.large.ok();
}

IPC_CHANNEL_CHILD_MAIN(SendAtTheLimit) {
  MeetAllClasses();
  const bool has_memory_objects = args[0] == "objects";
  const Sender sender = ChildSender();
  const FdLeakCheck check;
  const int accepted = SendFromTheLimit(sender, has_memory_objects);
  EXPECT_OK(SendText(sender, std::to_string(accepted)));
  Pipe pipe = NewPipe();
  std::vector<HandleRef> many(kMany, sender);
  many.emplace_back(pipe.write_end);
  EXPECT_OK(sender.Send(Pattern(kLarge), many, Soon()));
  pipe = Pipe();
  EXPECT_TRUE(check.NoLeak());
  return ChildVerdict();
}

// True if large payloads travel in memory objects here (restricted_test may
// have taken them away).
bool HasMemoryObjects() {
  absl::StatusOr<SharedMemory> memory = SharedMemory::CopyOf(Bytes("x"));
  return memory.ok() && memory->region()->descriptor().valid();
}

TEST_F(DescriptorLimitTest, SenderAtItsLimitSaysSoAndTakesNothing) {
  const bool has_memory_objects = HasMemoryObjects();
  ChannelPair pair = NewUnixChannel();
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      StartWith("SendAtTheLimit", std::move(pair.sender),
                {has_memory_objects ? "objects" : "no objects"}));
  Message message;
  int received = 0;
  while (true) {
    ASSERT_OK(pair.receiver.Receive(message, Soon()));
    const bool is_whole = Holds(message, Bytes("small")) ||
                          Holds(message, Pattern(kLarge)) ||
                          (Holds(message, Bytes("with handles")) &&
                           message.handles().size() == 2);
    if (!is_whole) break;
    ++received;
  }
  EXPECT_EQ(Text(message.payload()), std::to_string(received));
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  EXPECT_TRUE(Holds(message, Pattern(kLarge)));
  EXPECT_EQ(message.handles().size(), kMany + 1);
  message.Clear();
  EXPECT_THAT(ReceiveText(pair.receiver),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(EndsWell(child));
}

// ---- The receiving process is at its limit.

absl::Status SendNumbered(const Sender& sender, int number,
                          std::size_t handles) {
  const std::vector<HandleRef> lent(handles, sender);
  return sender.Send(Bytes(std::to_string(number)), lent, Soon());
}

// Receives with room for `room` descriptors.
absl::Status ReceiveWithRoomFor(int room, Receiver& receiver,
                                Message& message) {
  const ScopedDescriptorLimit limit(room);
  return receiver.Receive(message, Soon());
}

// Number 0 is lost; 1 has no handle, 2 has three, and whatever comes after
// waits behind it.
IPC_CHANNEL_CHILD_MAIN(ReceiveAtTheLimit) {
  MeetAllClasses();
  Receiver receiver = ChildReceiver();
  const FdLeakCheck check;
  Message message;
  EXPECT_THAT(ReceiveWithRoomFor(1, receiver, message), StatusIs(kExhausted));
  EXPECT_OK(ReceiveWithRoomFor(0, receiver, message));
  EXPECT_EQ(Text(message.payload()), "1");
  for (int room = 0; room < 3; ++room) {
    EXPECT_THAT(ReceiveWithRoomFor(room, receiver, message),
                StatusIs(kExhausted));
  }
  {
    // Below what is open already.
    absl::Status status;
    {
      const ScopedLimit limit(RLIMIT_NOFILE, 5);
      status = receiver.Receive(message, Soon());
    }
    EXPECT_THAT(status, StatusIs(kExhausted));
  }
  for (int next = 2;; ++next) {
    const absl::Status status = receiver.Receive(message, Soon());
    if (absl::IsUnavailable(status)) {
      EXPECT_EQ(next, 7);
      break;
    }
    EXPECT_OK(status);
    if (!status.ok()) break;
    if (next == 4) {
      EXPECT_TRUE(Holds(message, Pattern(kLarge)));
    } else {
      EXPECT_EQ(Text(message.payload()), std::to_string(next));
    }
  }
  message.Clear();
  EXPECT_TRUE(check.NoLeak());
  return ChildVerdict();
}

TEST_F(DescriptorLimitTest, ReceiverAtItsLimitLosesTheFirstMessageAlone) {
  ChannelPair pair = NewUnixChannel();
  ASSERT_OK(SendNumbered(pair.sender, 0, 2));
  ASSERT_OK(SendNumbered(pair.sender, 1, 0));
  ASSERT_OK(SendNumbered(pair.sender, 2, 3));
  ASSERT_OK(SendNumbered(pair.sender, 3, 0));
  ASSERT_OK(pair.sender.Send(Pattern(kLarge), Soon()));
  ASSERT_OK(SendNumbered(pair.sender, 5, kMany));
  ASSERT_OK(SendNumbered(pair.sender, 6, 1));
  pair.sender = Sender();
  ASSERT_OK_AND_ASSIGN(ChildProcess child, StartWith("ReceiveAtTheLimit",
                                                     std::move(pair.receiver)));
  EXPECT_TRUE(EndsWell(child));
}

// What came from a set.
struct Served {
  int bystanders = 0;
  int whole = 0;      // of them: with the one handle that each was sent with
  int in_order = 0;   // of them
  int exhausted = 0;  // from the first channel
  int first = 0;      // messages from there
};

// Receives until `done` events came from others than `first`.
Served ServeUntil(ReceiverSet& set, ReceiverSet::Id first, int done,
                  std::map<ReceiverSet::Id, int>& next) {
  Served served;
  // One by one: what an event holds is not there for the next.
  std::vector<ReceiverSet::Event> buffer(1);
  while (served.bystanders < done) {
    absl::StatusOr<std::span<ReceiverSet::Event>> events =
        set.Wait(Soon(), buffer);
    if (!events.ok()) break;
    for (ReceiverSet::Event& event : *events) {
      if (event.id == first) {
        served.exhausted += absl::IsResourceExhausted(event.status) ? 1 : 0;
        served.first += event.status.ok() ? 1 : 0;
        continue;
      }
      ++served.bystanders;
      if (!event.status.ok()) continue;
      served.whole += event.message.handles().size() == 1 ? 1 : 0;
      served.in_order +=
          Text(event.message.payload()) == std::to_string(next[event.id]++);
    }
    for (ReceiverSet::Event& event : *events) event.message.Clear();
  }
  return served;
}

constexpr int kBystanders = 3;
constexpr int kEach = 100;
constexpr int kStuck = 3;

// The first message has the receivers of the bystanders' channels, then that of
// the peer who uses descriptors up.
struct ChannelsInASet {
  explicit ChannelsInASet(Message& message) {
    for (int i = 0; i < kBystanders; ++i) {
      const absl::StatusOr<ReceiverSet::Id> id =
          set.Add(Take<Receiver>(message, static_cast<std::size_t>(i)));
      EXPECT_OK(id);
      next[id.value_or(0)] = 0;
    }
    const absl::StatusOr<ReceiverSet::Id> id =
        set.Add(Take<Receiver>(message, kBystanders));
    EXPECT_OK(id);
    first = id.value_or(0);
  }
  ReceiverSet set;
  ReceiverSet::Id first = 0;
  std::map<ReceiverSet::Id, int> next;
};

IPC_CHANNEL_CHILD_MAIN(ServeBystandersAtTheLimit) {
  MeetAllClasses();
  Receiver receiver = ChildReceiver();
  Message message;
  EXPECT_OK(receiver.Receive(message, Soon()));
  ChannelsInASet channels(message);
  message.Clear();
  Served served;
  {
    const ScopedDescriptorLimit limit(8);
    served = ServeUntil(channels.set, channels.first, kBystanders * kEach,
                        channels.next);
  }
  EXPECT_EQ(served.bystanders, kBystanders * kEach);
  EXPECT_EQ(served.whole, kBystanders * kEach);
  EXPECT_EQ(served.in_order, kBystanders * kEach);
  EXPECT_EQ(served.first, 0);
  return ChildVerdict();
}

// One bystander's messages: each with one handle.
void SendAsABystander(const Sender& sender) {
  for (int i = 0; i < kEach; ++i) EXPECT_OK(SendNumbered(sender, i, 1));
}

// Few: what is queued is in flight, and in a sandbox even root may not have
// more than RLIMIT_NOFILE there, of all processes together.
ChannelPair NewGreedyChannel() {
  absl::StatusOr<ChannelPair> pair =
      CreateUnixChannel({.capacity = ChannelCapacity{.messages = 4}});
  EXPECT_OK(pair);
  return *std::move(pair);
}

struct Bystanders {
  std::vector<ChannelPair> channels;
  ChannelPair greedy = NewGreedyChannel();
  std::vector<HandleRef> receivers;

  Bystanders() : channels(kBystanders) {
    for (ChannelPair& channel : channels) {
      channel = NewUnixChannel();
      receivers.emplace_back(channel.receiver);
    }
    receivers.emplace_back(greedy.receiver);
  }
};

// Sends what needs `handles` descriptors until told that nobody receives it.
void SendGreedily(const Sender& sender, std::size_t handles) {
  while (SendNumbered(sender, 0, handles).ok()) continue;
}

TEST_F(DescriptorLimitTest, BystandersAreServedWhateverAGreedyPeerSends) {
  for (const std::size_t handles :
       {std::size_t{9}, std::size_t{200}, kMany, std::size_t{1024}}) {
    SCOPED_TRACE(handles);
    ChannelPair start = NewUnixChannel();
    ASSERT_OK_AND_ASSIGN(
        ChildProcess child,
        StartWith("ServeBystandersAtTheLimit", std::move(start.receiver)));
    Bystanders bystanders;
    std::thread greedy(SendGreedily, bystanders.greedy.sender, handles);
    EXPECT_OK(start.sender.Send({}, bystanders.receivers));
    for (const ChannelPair& channel : bystanders.channels) {
      SendAsABystander(channel.sender);
    }
    EXPECT_TRUE(EndsWell(child));
    greedy.join();
  }
}

// The same channel goes on in order once there is room.
IPC_CHANNEL_CHILD_MAIN(ServeThenLift) {
  MeetAllClasses();
  Receiver receiver = ChildReceiver();
  Message message;
  EXPECT_OK(receiver.Receive(message, Soon()));
  ChannelsInASet channels(message);
  message.Clear();
  Served served;
  {
    const ScopedDescriptorLimit limit(2);
    served = ServeUntil(channels.set, channels.first, kBystanders * kEach,
                        channels.next);
  }
  EXPECT_EQ(served.whole, kBystanders * kEach);
  EXPECT_EQ(served.first, 0);
  EXPECT_GT(served.exhausted, 0);
  absl::StatusOr<Receiver> stuck = channels.set.Remove(channels.first);
  EXPECT_OK(stuck);
  // The first one was lost, and nothing else.
  for (int i = 1; stuck.ok() && i < kStuck; ++i) {
    EXPECT_OK(stuck->Receive(message, Soon()));
    EXPECT_EQ(Text(message.payload()), std::to_string(i));
    EXPECT_EQ(message.handles().size(), static_cast<std::size_t>(i) + 3);
  }
  EXPECT_THAT(stuck->Receive(message, Soon()),
              StatusIs(absl::StatusCode::kUnavailable));
  return ChildVerdict();
}

TEST_F(DescriptorLimitTest, StuckChannelOfASetGoesOnOnceThereIsRoom) {
  ChannelPair start = NewUnixChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       StartWith("ServeThenLift", std::move(start.receiver)));
  Bystanders bystanders;
  for (int i = 0; i < kStuck; ++i) {
    ASSERT_OK(SendNumbered(bystanders.greedy.sender, i,
                           static_cast<std::size_t>(i) + 3));
  }
  // Its handles are its own senders: the end comes with the last message.
  bystanders.greedy.sender = Sender();
  ASSERT_OK(start.sender.Send({}, bystanders.receivers));
  for (const ChannelPair& channel : bystanders.channels) {
    SendAsABystander(channel.sender);
  }
  EXPECT_TRUE(EndsWell(child));
}

}  // namespace
}  // namespace ipc_channel::transport
