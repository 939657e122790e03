// A victim that sends, and a hostile peer that holds the receiving end.

#include <fcntl.h>

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/hostile/bystander_fixture.h"
#include "ipc_channel/transport/unix/hostile/peer_process.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel_hostile {
namespace {

using ::ipc_channel::transport::AdoptUnixSender;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::CreateUnixChannel;
using ::ipc_channel::transport::IsDisconnected;
using ::ipc_channel::transport::IsFull;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::UniqueFd;
using ::ipc_channel_testing::AreConnected;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::Pattern;
using ::ipc_channel_testing::Soon;

enum class Fate {
  kDisconnected,    // the sender is told
  kFull,            // sends are refused, or wait until their deadline
  kAccepted,        // sends succeed, whatever becomes of them
  kWithoutHandles,  // the same, without handles
};

struct ReceiverCase {
  std::string name;
  Fate fate = Fate::kDisconnected;
  // The attacker has a duplicate of the victim's end.
  bool shares_the_end = false;
  // So many of 40 rounds; 0 for all.
  int rounds = 0;

  friend std::ostream& operator<<(std::ostream& os, const ReceiverCase& it) {
    return os << it.name;
  }
};

class HostileReceiverTest : public BystanderTest,
                            public ::testing::WithParamInterface<ReceiverCase> {
 protected:
  bool RunRound(PeerProcess& peer, int number);

 private:
  void SendEverything(const Sender& sender);
  void SendMovables(const Sender& sender, absl::Time deadline);
  void ExpectFate(const Sender& sender);
};

bool IsDocumented(const absl::Status& status) {
  if (HostileReceiverTest::GetParam().fate == Fate::kWithoutHandles &&
      absl::IsPermissionDenied(status)) {
    return true;
  }
  return status.ok() || IsDisconnected(status) || IsFull(status) ||
         absl::IsDeadlineExceeded(status);
}

// A send that fails leaves everything here, in working order.
void HostileReceiverTest::SendMovables(const Sender& sender,
                                       absl::Time deadline) {
  absl::StatusOr<ChannelPair> carried = CreateUnixChannel();
  ASSERT_OK(carried);
  UniqueFd descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const absl::Status status = sender.Send(
      Bytes("movables"), Lend(carried->receiver, descriptor), deadline);
  EXPECT_TRUE(IsDocumented(status)) << status;
  EXPECT_EQ(descriptor.valid(), !status.ok());
  EXPECT_EQ(carried->receiver.valid(), !status.ok());
  if (!status.ok()) {
    EXPECT_TRUE(AreConnected(carried->sender, carried->receiver));
  }
}

void HostileReceiverTest::SendEverything(const Sender& sender) {
  static const std::vector<std::byte> large = Pattern(200'000);
  for (const absl::Duration patience :
       {-absl::InfiniteDuration(), absl::Milliseconds(3)}) {
    const absl::Time deadline = absl::Now() + patience;
    for (const absl::Status& status :
         {sender.Send(Bytes("small"), deadline), sender.Send(large, deadline),
          sender.Send(Bytes("shared"), {sender}, deadline)}) {
      EXPECT_TRUE(IsDocumented(status)) << status;
    }
    SendMovables(sender, deadline);
  }
}

void HostileReceiverTest::ExpectFate(const Sender& sender) {
  absl::Status status;
  switch (GetParam().fate) {
    case Fate::kDisconnected:
      while (status.ok()) status = sender.Send(Bytes("filler"), Soon());
      EXPECT_TRUE(IsDisconnected(status)) << status;
      break;
    case Fate::kFull:
      // Who holds the queue may make room; a hundred refusals are many.
      for (int full = 0; full < 100 && (status.ok() || IsFull(status));) {
        status = sender.Send(Bytes("filler"), absl::InfinitePast());
        if (IsFull(status)) ++full;
      }
      EXPECT_TRUE(IsFull(status)) << status;
      status = sender.Send(Bytes("late"), absl::Now() + absl::Milliseconds(5));
      EXPECT_TRUE(status.ok() || absl::IsDeadlineExceeded(status)) << status;
      break;
    case Fate::kWithoutHandles:
      while (status.ok()) status = sender.Send(Bytes("x"), {sender}, Soon());
      EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
      [[fallthrough]];
    case Fate::kAccepted:
      for (int i = 0; i < 600; ++i) {
        ASSERT_OK(sender.Send(Bytes("accepted"), Soon()));
      }
      break;
  }
}

bool HostileReceiverTest::RunRound(PeerProcess& peer, int number) {
  std::optional<Ends> ends = NewEnds(GetParam().shares_the_end);
  if (!ends.has_value()) return false;
  absl::StatusOr<Sender> sender = AdoptUnixSender(std::move(ends->victims));
  EXPECT_OK(sender);
  EXPECT_OK(peer.StartRound(number, std::move(ends->theirs),
                            std::move(ends->shared)));
  if (HasFailure()) return false;
  for (int i = 0; i < 5; ++i) {
    SendEverything(*sender);
    ServeBystanders(1);
  }
  ExpectFate(*sender);
  ServeBystanders(1);
  EXPECT_OK(peer.StopFlood());
  if (!EndOfRound(peer).has_value()) return false;
  // Its end is closed by now.
  absl::Status status;
  while (status.ok() && !HasFailure()) {
    status = sender->Send(Bytes("after the end"), Soon());
  }
  EXPECT_TRUE(IsDisconnected(status)) << status;
  return !HasFailure();
}

TEST_P(HostileReceiverTest, HarmsItsOwnChannelOnly) {
  absl::StatusOr<PeerProcess> peer = PeerProcess::Start(GetParam().name);
  ASSERT_OK(peer);
  RunRounds(*peer, GetParam().rounds,
            [&](int number) { return RunRound(*peer, number); });
}

INSTANTIATE_TEST_SUITE_P(
    Receivers, HostileReceiverTest,
    ::testing::ValuesIn<ReceiverCase>({
        {.name = "NeverReads", .fate = Fate::kFull, .rounds = 10},
        {.name = "LeavesAtOnce"},
        {.name = "LeavesMidway"},
        {.name = "IsKilledMidway"},
        {.name = "ShutsReading"},
        {.name = "ShutsWriting", .fate = Fate::kFull, .rounds = 10},
        {.name = "ShutsBoth"},
        {.name = "ParksInTheBackDirection", .fate = Fate::kFull, .rounds = 10},
        {.name = "ShrinksTheReceiveBuffer", .fate = Fate::kFull, .rounds = 10},
        {.name = "DropsEveryPacketByAFilter", .fate = Fate::kAccepted},
        {.name = "RefusesDescriptors",
         .fate = Fate::kWithoutHandles,
         .rounds = 10},
        {.name = "OnlyPeeks", .fate = Fate::kFull, .rounds = 10},
        {.name = "KeepsEverything", .fate = Fate::kAccepted, .rounds = 10},
        // The kernel finds such a cycle after a second.
        {.name = "QueuesItselfInItself", .shares_the_end = true, .rounds = 1},
        {.name = "CoHolderShutsTheSender", .shares_the_end = true},
        {.name = "CoHolderFillsTheChannel",
         .fate = Fate::kFull,
         .shares_the_end = true,
         .rounds = 10},
        {.name = "CoHolderChangesTheSender",
         .fate = Fate::kFull,
         .shares_the_end = true,
         .rounds = 10},
        {.name = "CoHolderDirectsSignals",
         .fate = Fate::kAccepted,
         .shares_the_end = true,
         .rounds = 10},
    }),
    [](const ::testing::TestParamInfo<ReceiverCase>& info) {
      return info.param.name;
    });

}  // namespace
}  // namespace ipc_channel_hostile
