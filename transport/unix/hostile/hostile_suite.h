#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_HOSTILE_SUITE_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_HOSTILE_SUITE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <ostream>
#include <string>

#include "gtest/gtest.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/unix/hostile/bystander_fixture.h"
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
  // So many of 40 rounds, for attacks that take long; 0 for all.
  int rounds = 0;
  // A flood goes on until the victim has had so many messages of it.
  int flood = 0;
  // One who shares the end may keep a receive without a deadline waiting.
  bool may_starve = false;
  // The attacker has SIGIO sent to the victim.
  bool sends_signals = false;

  friend std::ostream& operator<<(std::ostream& os, const AttackCase& attack) {
    return os << attack.name;
  }
};

std::string NameOf(const ::testing::TestParamInfo<AttackCase>& info);

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
