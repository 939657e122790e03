// Receivers in each other's queues, in more than one process, through helper
// sockets and carriers; and that the kernel keeps nothing of them. Runs without
// memfd_create, too: then payloads and shared memory lie in carriers.

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/child_ends.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Holds;
using ::ipc_channel_testing::IsClosed;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SendText;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;

constexpr absl::StatusCode kGone = absl::StatusCode::kUnavailable;
// More than fit beside one packet: they lie in a helper socket.
constexpr std::size_t kMany = 300;

// Sockets by their inodes, which the kernel lists while they live, held by a
// process or queued somewhere.
class Sockets {
 public:
  void Watch(BorrowedFd socket) {
    struct stat status = {};
    EXPECT_EQ(::fstat(socket.get(), &status), 0);
    inodes_.insert(status.st_ino);
  }
  void Watch(const ChannelPair& channel) {
    Watch(channel.sender.lane()->descriptor());
    Watch(channel.receiver.lane()->descriptor());
  }

  // Success once all of them have been seen, in a minute at most.
  ::testing::AssertionResult AreThere() const {
    const absl::Time deadline = Soon();
    std::set<ino_t> seen;
    while (true) {
      seen.merge(Listed());
      if (seen == inodes_) return ::testing::AssertionSuccess();
      if (absl::Now() > deadline) {
        return ::testing::AssertionFailure()
               << inodes_.size() - seen.size() << " sockets are gone";
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  // Success once none of them is left, in a minute at most. The kernel looks
  // for rings when some Unix socket is closed, in its own time.
  ::testing::AssertionResult AreGone() const {
    const absl::Time deadline = Soon();
    for (int looks_without = 0; looks_without < kLooks;) {
      const std::size_t alive = Listed().size();
      if (alive == 0) {
        ++looks_without;
        continue;
      }
      looks_without = 0;
      if (absl::Now() > deadline) {
        return ::testing::AssertionFailure() << alive << " sockets are left";
      }
      NewUnixChannel();
      absl::SleepFor(absl::Milliseconds(1));
    }
    return ::testing::AssertionSuccess();
  }

 private:
  // The kernel lists page by page, and finds its place again by a number in a
  // bucket (unix_seq_start() of its net/unix): while other sockets come and go,
  // a line can be left out of one look, or be there twice.
  static constexpr int kLooks = 3;

  // Those of them that one look shows.
  std::set<ino_t> Listed() const {
    std::ifstream table("/proc/net/unix");
    EXPECT_TRUE(table.good());
    std::set<ino_t> listed;
    for (std::string line; std::getline(table, line);) {
      // Num RefCount Protocol Flags Type St Inode Path
      std::istringstream words(line);
      std::string skipped;
      for (int i = 0; i < 6; ++i) words >> skipped;
      ino_t inode = 0;
      words >> inode;
      if (inodes_.contains(inode)) listed.insert(inode);
    }
    return listed;
  }

  std::set<ino_t> inodes_;
};

// Sends until told that the receiver is gone, Soon(). The last waits may be in
// a queue that nobody receives from.
absl::Status SendUntilTold(const Sender& sender) {
  const absl::Time deadline = Soon();
  absl::Status status;
  while ((status = sender.Send(Bytes("more"), deadline)).ok()) continue;
  return status;
}

enum class How { kPlain, kLarge, kInHelper, kLargeInHelper };

std::string NameOf(const ::testing::TestParamInfo<How>& info) {
  constexpr const char* kNames[] = {"Plain", "Large", "InHelper",
                                    "LargeInHelper"};
  return kNames[static_cast<int>(info.param)];
}

// The system may refuse a deeper row, or so many descriptors in flight.
absl::Time DeadlineAt(int depth) {
  return depth < 3 ? Soon() : absl::InfinitePast();
}

class NestingTest : public ::testing::TestWithParam<How> {
  ExpectNoFdLeak no_leak_;

 protected:
  static bool IsInHelper() {
    return GetParam() == How::kInHelper || GetParam() == How::kLargeInHelper;
  }

  // Other tests of this user may want descriptors in flight, too.
  static int MostDepth() { return IsInHelper() ? 6 : 64; }

  // Puts `receiver` and copies of `filler` into the queue of `outer`.
  static absl::Status Put(Receiver& receiver, const Sender& outer,
                          const Sender& filler, absl::Time deadline = Soon()) {
    const bool is_large =
        GetParam() == How::kLarge || GetParam() == How::kLargeInHelper;
    std::vector<HandleRef> handles;
    if (IsInHelper()) handles.assign(kMany, filler);
    handles.emplace_back(receiver);
    return outer.Send(Pattern(is_large ? 500'000 : 10), handles, deadline);
  }
};

// Memory and a descriptor, queued where nobody will receive them.
void QueueSomething(const Sender& sender, const Pipe& pipe) {
  UniqueFd copy(::dup(pipe.write_end.get()));
  EXPECT_OK(sender.Send(Pattern(200'000), Lend(copy), Soon()));
  const absl::StatusOr<SharedMemory> shared =
      SharedMemory::CopyOf(Pattern(200'000));
  ASSERT_OK(shared);
  EXPECT_OK(sender.Send({}, Lend(*shared, sender), Soon()));
  const absl::StatusOr<MutableMemory> writable = MutableMemory::Create(5'000);
  // There is none without memfd_create.
  if (writable.ok()) {
    EXPECT_OK(sender.Send({}, Lend(*writable), Soon()));
  }
}

TEST_P(NestingTest, RingsThatNobodySendsToAreFreedWithAllThatIsThere) {
  for (std::size_t size = 1; size <= 3; ++size) {
    SCOPED_TRACE(size);
    Sockets sockets;
    Pipe pipe = NewPipe();
    std::vector<ChannelPair> ring(size);
    for (ChannelPair& channel : ring) {
      channel = NewUnixChannel();
      sockets.Watch(channel);
      QueueSomething(channel.sender, pipe);
    }
    // Before they are a ring: whoever closes a socket has that collected.
    EXPECT_TRUE(sockets.AreThere());
    for (std::size_t i = 0; i < size; ++i) {
      const ChannelPair& next = ring[(i + 1) % size];
      ASSERT_OK(Put(ring[i].receiver, next.sender, ring[i].sender));
    }
    ring.clear();
    pipe.write_end.Reset();
    EXPECT_TRUE(sockets.AreGone());
    EXPECT_TRUE(IsClosed(pipe.read_end));
  }
}

TEST_P(NestingTest, SenderOfARingIsTold) {
  ChannelPair one = NewUnixChannel();
  ChannelPair other = NewUnixChannel();
  ASSERT_OK(Put(one.receiver, other.sender, one.sender));
  ASSERT_OK(Put(other.receiver, one.sender, one.sender));
  EXPECT_THAT(SendUntilTold(one.sender), StatusIs(kGone));
  EXPECT_THAT(SendUntilTold(other.sender), StatusIs(kGone));
}

TEST_P(NestingTest, DeepRowDroppedUnreceivedIsFreed) {
  Sockets sockets;
  Pipe pipe = NewPipe();
  ChannelPair row = NewUnixChannel();
  sockets.Watch(row);
  QueueSomething(row.sender, pipe);
  for (int depth = 0; depth < MostDepth(); ++depth) {
    ChannelPair outer = NewUnixChannel();
    sockets.Watch(outer);
    const absl::Status put =
        Put(row.receiver, outer.sender, outer.sender, DeadlineAt(depth));
    if (!put.ok()) {
      EXPECT_THAT(put, StatusIs(absl::StatusCode::kResourceExhausted));
      EXPECT_TRUE(row.receiver.valid());
      break;
    }
    row = std::move(outer);
  }
  row = ChannelPair();
  pipe.write_end.Reset();
  EXPECT_TRUE(sockets.AreGone());
  EXPECT_TRUE(IsClosed(pipe.read_end));
}

// Receives, out of nested receivers, what lies in the innermost one.
IPC_CHANNEL_CHILD_MAIN(Unwrap) {
  Receiver receiver = ChildReceiver();
  int depth = 0;
  Message message;
  while (true) {
    const absl::Status status = receiver.Receive(message, Soon());
    EXPECT_OK(status);
    if (!status.ok() || Holds(message, Bytes("innermost"))) break;
    ++depth;
    auto inner = Take<Receiver>(message, message.handles().size() - 1);
    message.Clear();
    EXPECT_THAT(receiver.Receive(message, Soon()), StatusIs(kGone));
    receiver = std::move(inner);
  }
  EXPECT_EQ(std::to_string(depth), args[0]);
  EXPECT_THAT(receiver.Receive(message, Soon()), StatusIs(kGone));
  return ChildVerdict();
}

TEST_P(NestingTest, AnotherProcessReceivesFromAnyDepth) {
  ChannelPair row = NewUnixChannel();
  ASSERT_OK(SendText(row.sender, "innermost"));
  // Fillers of messages are no senders of the row: those would keep it up.
  const ChannelPair filler = NewUnixChannel();
  int depth = 0;
  for (; depth < MostDepth(); ++depth) {
    ChannelPair outer = NewUnixChannel();
    const absl::Status put =
        Put(row.receiver, outer.sender, filler.sender, DeadlineAt(depth));
    if (!put.ok()) {
      EXPECT_THAT(put, StatusIs(absl::StatusCode::kResourceExhausted));
      EXPECT_TRUE(row.receiver.valid());
      break;
    }
    row = std::move(outer);
  }
  row.sender = Sender();
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      StartWith("Unwrap", std::move(row.receiver), {std::to_string(depth)}));
  EXPECT_TRUE(EndsWell(child));
}

IPC_CHANNEL_CHILD_MAIN(SendToARing) {
  EXPECT_THAT(SendUntilTold(ChildSender()), StatusIs(kGone));
  return ChildVerdict();
}

// The process that made the ring does nothing more, and so no send of its own
// makes the kernel look.
TEST_P(NestingTest, SenderInAnotherProcessIsTold) {
  ChannelPair pair = NewUnixChannel();
  ASSERT_OK(Put(pair.receiver, pair.sender, pair.sender));
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       StartWith("SendToARing", pair.sender));
  EXPECT_TRUE(EndsWell(child));
  EXPECT_THAT(SendText(pair.sender, "late"), StatusIs(kGone));
}

// The sender waits already when what it waits for becomes a ring.
TEST_P(NestingTest, SenderThatWaitsAlreadyIsTold) {
  ChannelPair pair = NewUnixChannel();
  ChannelPair ring = NewUnixChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       StartWith("SendToARing", pair.sender));
  // Fills what the child leaves, which then waits, or will.
  ASSERT_OK(ipc_channel_testing::Fill(pair.sender));
  ASSERT_OK(Put(pair.receiver, ring.sender, ring.sender));
  ASSERT_OK(Put(ring.receiver, ring.sender, ring.sender));
  EXPECT_TRUE(EndsWell(child));
}

// Sends its sender, makes a ring and dies.
IPC_CHANNEL_CHILD_MAIN(MakeARingAndDie) {
  const Sender parent = ChildSender();
  ChannelPair pair = NewUnixChannel();
  EXPECT_OK(parent.Send({}, Lend(pair.sender), Soon()));
  EXPECT_OK(pair.sender.Send({}, Lend(pair.receiver, pair.sender), Soon()));
  EXPECT_OK(SendText(parent, "made"));
  if (ChildVerdict() == 0) ::raise(SIGKILL);
  return ChildVerdict();
}

TEST(RingTest, OutlivesNoProcessThatMadeIt) {
  const ExpectNoFdLeak no_leak;
  ChannelPair pair = NewUnixChannel();
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       StartWith("MakeARingAndDie", std::move(pair.sender)));
  Message message;
  ASSERT_OK(pair.receiver.Receive(message, Soon()));
  Sender sender = Take<Sender>(message, 0);
  ASSERT_THAT(ReceiveText(pair.receiver), IsOkAndHolds("made"));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  Sockets sockets;
  sockets.Watch(sender.lane()->descriptor());
  EXPECT_THAT(SendUntilTold(sender), StatusIs(kGone));
  sender = Sender();
  EXPECT_TRUE(sockets.AreGone());
}

// A sender in the queue of its own channel keeps that up while somebody has the
// receiver: the end never comes. It goes with the receiver.
TEST(RingTest, SendersInARingKeepItUpAndGoWithTheReceivers) {
  const ExpectNoFdLeak no_leak;
  ChannelPair one = NewUnixChannel();
  ChannelPair other = NewUnixChannel();
  Sockets gone_with_it;
  gone_with_it.Watch(one.receiver.lane()->descriptor());
  gone_with_it.Watch(other.sender.lane()->descriptor());
  Sockets kept;
  kept.Watch(other.receiver.lane()->descriptor());
  kept.Watch(one.sender.lane()->descriptor());
  ASSERT_OK(one.sender.Send({}, Lend(other.sender), Soon()));
  ASSERT_OK(other.sender.Send({}, Lend(one.sender), Soon()));
  one.sender = Sender();
  other.sender = Sender();
  NewUnixChannel();
  Message message;
  EXPECT_THAT(one.receiver.TryReceive(message), IsOkAndHolds(true));
  EXPECT_THAT(one.receiver.TryReceive(message), IsOkAndHolds(false));
  one.receiver = Receiver();
  EXPECT_TRUE(gone_with_it.AreGone());
  EXPECT_TRUE(kept.AreThere());
  other.receiver = Receiver();
  EXPECT_TRUE(kept.AreGone());
}

INSTANTIATE_TEST_SUITE_P(Ways, NestingTest,
                         ::testing::Values(How::kPlain, How::kLarge,
                                           How::kInHelper, How::kLargeInHelper),
                         NameOf);

}  // namespace
}  // namespace ipc_channel::transport
