#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_HOSTILE_SUITE_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_HOSTILE_SUITE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "gtest/gtest.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unix/hostile/peer_process.h"
#include "ipc_channel/transport/unix/hostile/victim.h"

namespace ipc_channel_hostile {

// What comes of the attacked channel.
enum class Outcome {
  kDropped,   // DATA_LOSS for each attack; a good message behind them arrives
  kHarmless,  // messages, if strange ones; a good message behind them arrives
  kMixed,     // some of both; a good message behind them arrives
  kEnded,     // what was sent, and then the end of the channel
};

// One attack, by the name the hostile peer knows it by.
struct AttackCase {
  std::string name;
  Outcome outcome = Outcome::kDropped;
  // The attacker has a duplicate of the victim's end.
  bool shares_the_end = false;
  // Fewer rounds than usual, for attacks that take long.
  int rounds = 0;
  // A flood goes on until the victim has had so many messages of it.
  int flood = 0;
  // One who shares the end may keep a receive without a deadline waiting.
  bool may_starve = false;

  friend std::ostream& operator<<(std::ostream& os, const AttackCase& attack) {
    return os << attack.name;
  }
};

std::string NameOf(const ::testing::TestParamInfo<AttackCase>& info);

// Rounds of a test: `IPC_CHANNEL_HOSTILE_ROUNDS`, or 40.
int UsualRounds();

// Bystanders that live as long as the test program: one serves alone on a
// thread of its own, two in a set, where the attacked channel comes and goes.
class BystanderTest : public ::testing::Test {
 public:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

 protected:
  using Receiver = ipc_channel::transport::Receiver;
  using ReceiverSet = ipc_channel::transport::ReceiverSet;

  // Runs `round` with the numbers 0, 1, ... so often, while all bystanders are
  // served, and sees that nothing is left behind. `round` gives false to stop
  // early.
  static void RunRounds(int rounds, const std::function<bool(int)>& round);

  static ReceiverSet& set();
  // Takes an event of a bystander's and asks the next question.
  static void Serve(const ReceiverSet::Event& event);
  // Waits until each bystander in the set has made so many round trips more.
  static void ServeBystanders(std::uint64_t round_trips);
  // The least number that a bystander in the set has made.
  static std::uint64_t RoundTrips();
};

class HostilePeerTest : public BystanderTest,
                        public ::testing::WithParamInterface<AttackCase> {
 protected:
  void Attack();

 private:
  bool RunRound(PeerProcess& peer, int number);
  Tally ReceiveInSet(PeerProcess& peer, int number, Receiver receiver) const;
  Tally ReceiveAlone(PeerProcess& peer, int number, Manner manner,
                     Receiver receiver) const;
};

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_HOSTILE_SUITE_H_
