// Rounds in which several processes send over one channel, a chain of processes
// receives from it, one after the other, and some of them are killed at random
// moments. What was accepted is received, once, whole and in order, unless it
// lay in the queue of a receiver that died with its process.
//
// IPC_CHANNEL_KILL_ROUNDS is the number of rounds, IPC_CHANNEL_KILL_ROUNDS_SEED
// where they begin: the same seed is the same plan, though not the same timing.

#include <errno.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <random>
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
#include "ipc_channel/testing/environment.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/shared_page.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unix/death/numbered_message.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::Lend;
using ::ipc_channel_testing::NumberFromEnvironment;
using ::ipc_channel_testing::ReceiveText;
using ::ipc_channel_testing::SharedPage;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Take;

constexpr std::uint32_t kMessagesOfASender = 30;
constexpr int kMostReaders = 3;

// Exit codes of children.
enum Outcome : int {
  kDone = 0,
  kReceiverIsGone,
  kSendFailed,
  kReceiveFailed,
  kMalformed,
  kOutOfOrder,
  kCauseIsMissing,
  kCannotPrepare,
};

// What the processes of a round write down for each other; it outlives them.
struct Log {
  std::array<std::atomic<std::uint32_t>, kSenders> accepted{};
  std::array<std::atomic<std::uint32_t>, kSenders> received{};
  std::atomic<bool> is_at_end = false;  // Disconnected was seen
};

struct Figures {
  int rounds = 0;
  int senders_killed = 0;
  int readers_killed = 0;
  int both_killed = 0;
  int receivers_lost = 0;  // with the process that was killed
  int handed_on = 0;
  std::uint64_t accepted = 0;
  std::uint64_t received = 0;
  int accepted_unsaid = 0;  // the sender died before it could write that down
};

std::ostream& operator<<(std::ostream& os, const Figures& figures) {
  return os << figures.rounds << " rounds, killed " << figures.senders_killed
            << " senders, " << figures.readers_killed << " readers, "
            << figures.both_killed << " times both; " << figures.receivers_lost
            << " receivers lost, " << figures.handed_on << " handed on; "
            << figures.accepted << " messages accepted and said so, "
            << figures.accepted_unsaid << " accepted and not said, "
            << figures.received << " received";
}

// A sending process: all of its messages.
Outcome SendAll(std::uint64_t seed, std::uint32_t self, const Sender& sender,
                const Sender& witness, Log& log) {
  for (std::uint32_t number = 0; number < kMessagesOfASender; ++number) {
    MessageName name = {.seed = seed, .sender = self, .number = number};
    for (std::size_t i = 0; i < kSenders; ++i) {
      name.accepted[i] = log.accepted[i];
    }
    const absl::Status status = SendNumbered(name, sender, witness);
    if (IsDisconnected(status)) return kReceiverIsGone;
    if (!status.ok()) return kSendFailed;
    log.accepted[self] = number + 1;
  }
  return kDone;
}

// Looks at what comes and writes it down.
class Reader {
 public:
  Reader(std::uint64_t seed, Log& log) : seed_(seed), log_(log) {}

  // Receives up to `count` messages, fewer if the end comes.
  Outcome Read(Receiver& receiver, int count) {
    Message message;
    for (int i = 0; i < count && !log_.is_at_end; ++i) {
      const Outcome outcome = Note(receiver.Receive(message, Soon()), message);
      if (outcome != kDone) return outcome;
    }
    return kDone;
  }

  // The same by a set.
  Outcome ReadInASet(Receiver& receiver, int count) {
    ReceiverSet set;
    const absl::StatusOr<ReceiverSet::Id> id = set.Add(std::move(receiver));
    if (!id.ok()) return kCannotPrepare;
    std::array<ReceiverSet::Event, 1> events;
    for (int i = 0; i < count && !log_.is_at_end; ++i) {
      const auto seen = set.Wait(Soon(), events);
      if (!seen.ok()) return kReceiveFailed;
      const Outcome outcome = Note(events[0].status, events[0].message);
      if (outcome != kDone) return outcome;
    }
    if (log_.is_at_end) return kDone;
    absl::StatusOr<Receiver> back = set.Remove(*id);
    if (!back.ok()) return kCannotPrepare;
    receiver = *std::move(back);
    return kDone;
  }

 private:
  Outcome Note(const absl::Status& status, Message& message) {
    if (IsDisconnected(status)) {
      log_.is_at_end = true;
      return kDone;
    }
    if (!status.ok()) return kReceiveFailed;
    const std::optional<MessageName> name = WholeNumbered(seed_, message);
    if (!name.has_value()) return kMalformed;
    if (name->number != log_.received[name->sender]) return kOutOfOrder;
    for (std::size_t i = 0; i < kSenders; ++i) {
      if (log_.received[i] < name->accepted[i]) return kCauseIsMissing;
    }
    log_.received[name->sender] = name->number + 1;
    return kDone;
  }

  std::uint64_t seed_;
  Log& log_;
};

class KillRoundsTest : public ::testing::Test {
  ExpectNoFdLeak no_leak_;

 protected:
  void Round(std::uint64_t seed);

  Figures figures_;

 private:
  using Random = std::mt19937_64;

  static bool OneIn(int count, Random& random) {
    return random() % static_cast<std::uint64_t>(count) == 0;
  }

  void StartSenders(std::uint64_t seed, ChannelPair& pair, Random& random);
  // Lets another process receive, kills whom the plan says, and gives the
  // receiver back, empty if it is gone.
  Receiver LetAProcessRead(std::uint64_t seed, Receiver receiver,
                           Random& random);
  void ReadTheRest(std::uint64_t seed, Receiver receiver, Random& random);
  void MaybeKillASender(Random& random);
  void CheckSenders(bool receiver_is_lost);

  SharedPage<Log> log_;
  ChannelPair witness_;
  std::vector<ChildProcess> senders_;
  std::array<bool, kSenders> is_killed_{};
};

void KillRoundsTest::StartSenders(std::uint64_t seed, ChannelPair& pair,
                                  Random& random) {
  for (std::uint32_t self = 0; self < kSenders; ++self) {
    const bool without_memfd = OneIn(8, random);
    absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&, self] {
      pair.receiver = Receiver();
      witness_.receiver = Receiver();
      if (without_memfd && !DenyMemfdAndLargeBuffers(ENOSYS)) {
        return kCannotPrepare;
      }
      return SendAll(seed, self, pair.sender, witness_.sender, *log_);
    });
    ASSERT_OK(child);
    senders_.push_back(*std::move(child));
  }
  pair.sender = Sender();
  witness_.sender = Sender();
}

void KillRoundsTest::MaybeKillASender(Random& random) {
  const std::size_t victim = random() % (2 * kSenders);
  if (victim >= kSenders || is_killed_[victim]) return;
  ASSERT_OK(senders_[victim].Kill(SIGKILL));
  is_killed_[victim] = true;
  ++figures_.senders_killed;
}

Receiver KillRoundsTest::LetAProcessRead(std::uint64_t seed, Receiver receiver,
                                         Random& random) {
  const int count = static_cast<int>(random() % 40);
  const bool by_a_set = OneIn(3, random);
  ChannelPair baton = CreateUnixChannel().value();
  absl::StatusOr<ChildProcess> child = ChildProcess::Fork([&] {
    baton.receiver = Receiver();
    witness_.receiver = Receiver();
    Reader reader(seed, *log_);
    const Outcome outcome = by_a_set ? reader.ReadInASet(receiver, count)
                                     : reader.Read(receiver, count);
    if (outcome != kDone || log_->is_at_end) return outcome;
    return baton.sender.Send({}, Lend(receiver), Soon()).ok() ? kDone
                                                              : kSendFailed;
  });
  EXPECT_OK(child);
  receiver = Receiver();
  baton.sender = Sender();
  absl::SleepFor(absl::Microseconds(random() % 4'000));
  const int killed_before = figures_.senders_killed;
  MaybeKillASender(random);
  const bool kill = OneIn(3, random);
  if (kill) {
    EXPECT_OK(child->Kill(SIGKILL));
    ++figures_.readers_killed;
    if (figures_.senders_killed > killed_before) ++figures_.both_killed;
  }
  const absl::StatusOr<ExitResult> end = child->Wait(Soon());
  if (!kill || (end.ok() && end->exit_code().has_value())) {
    EXPECT_THAT(end, IsOkAndHolds(ExitResult::Exited(kDone)));
  }
  Message message;
  const absl::Status handed_on = baton.receiver.Receive(message, Soon());
  if (handed_on.ok()) {
    ++figures_.handed_on;
    return Take<Receiver>(message, 0);
  }
  EXPECT_TRUE(IsDisconnected(handed_on)) << handed_on;
  EXPECT_TRUE(kill || log_->is_at_end);
  return Receiver();
}

void KillRoundsTest::ReadTheRest(std::uint64_t seed, Receiver receiver,
                                 Random& random) {
  Reader reader(seed, *log_);
  while (!log_->is_at_end) {
    ASSERT_EQ(reader.Read(receiver, static_cast<int>(random() % 30)), kDone);
    if (OneIn(2, random)) MaybeKillASender(random);
  }
}

void KillRoundsTest::CheckSenders(bool receiver_is_lost) {
  for (std::size_t i = 0; i < kSenders; ++i) {
    SCOPED_TRACE(::testing::Message() << "sender " << i);
    const absl::StatusOr<ExitResult> end = senders_[i].Wait(Soon());
    ASSERT_OK(end);
    const bool died = *end == ExitResult::Killed(SIGKILL);
    const std::uint32_t accepted = log_->accepted[i];
    const std::uint32_t received = log_->received[i];
    figures_.accepted += accepted;
    figures_.received += received;
    if (received > accepted) ++figures_.accepted_unsaid;
    EXPECT_LE(received, accepted + (died ? 1 : 0));
    EXPECT_GE(received, receiver_is_lost ? 0 : accepted);
    if (died) {
      EXPECT_TRUE(is_killed_[i]);
    } else if (!receiver_is_lost || accepted == kMessagesOfASender) {
      EXPECT_EQ(*end, ExitResult::Exited(kDone));
      EXPECT_EQ(accepted, kMessagesOfASender);
    } else {
      EXPECT_EQ(*end, ExitResult::Exited(kReceiverIsGone));
    }
  }
}

void KillRoundsTest::Round(std::uint64_t seed) {
  Random random(seed);
  log_.Reset();
  senders_.clear();
  is_killed_.fill(false);
  ASSERT_OK_AND_ASSIGN(witness_, CreateUnixChannel());
  ASSERT_OK_AND_ASSIGN(ChannelPair pair, CreateUnixChannel());
  ASSERT_NO_FATAL_FAILURE(StartSenders(seed, pair, random));
  Receiver receiver = std::move(pair.receiver);
  for (auto readers = random() % (kMostReaders + 1);
       readers > 0 && receiver.valid(); --readers) {
    receiver = LetAProcessRead(seed, std::move(receiver), random);
  }
  if (receiver.valid()) ReadTheRest(seed, std::move(receiver), random);
  const bool receiver_is_lost = !log_->is_at_end;
  if (receiver_is_lost) ++figures_.receivers_lost;
  CheckSenders(receiver_is_lost);
  // Nothing that was ever in a message is left anywhere.
  EXPECT_THAT(ReceiveText(witness_.receiver),
              StatusIs(absl::StatusCode::kUnavailable));
  witness_.receiver = Receiver();
  senders_.clear();
  ++figures_.rounds;
}

TEST_F(KillRoundsTest, NothingAcceptedIsLostDoubledOrReordered) {
  const std::uint64_t rounds =
      NumberFromEnvironment("IPC_CHANNEL_KILL_ROUNDS", 100);
  const std::uint64_t seed = NumberFromEnvironment(
      "IPC_CHANNEL_KILL_ROUNDS_SEED",
      static_cast<std::uint64_t>(absl::ToUnixMicros(absl::Now())));
  std::cout << "IPC_CHANNEL_KILL_ROUNDS_SEED=" << seed << std::endl;
  for (std::uint64_t i = 0; i < rounds && !HasFailure(); ++i) {
    SCOPED_TRACE(::testing::Message() << "round of seed " << seed + i);
    Round(seed + i);
  }
  std::cout << figures_ << std::endl;
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
