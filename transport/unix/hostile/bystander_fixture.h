#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDER_FIXTURE_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDER_FIXTURE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <functional>
#include <optional>

#include "gtest/gtest.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/hostile/peer_process.h"

namespace ipc_channel_hostile {

// Bystanders that live as long as the test program: one serves alone on a
// thread of its own, two in a set, where the attacked channel comes and goes.
class BystanderTest : public ::testing::Test {
 public:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

 protected:
  using Receiver = ipc_channel::transport::Receiver;
  using ReceiverSet = ipc_channel::transport::ReceiverSet;
  using UniqueFd = ipc_channel::transport::UniqueFd;

  // Two ends that are connected, and a duplicate of the victim's if asked for.
  struct Ends {
    UniqueFd victims;
    UniqueFd theirs;
    UniqueFd shared;
  };
  static std::optional<Ends> NewEnds(bool shares_the_end);

  // Runs `round` with the numbers 0, 1, ... so often, while all bystanders are
  // served, and sees that nothing is left behind. `round` gives false to stop
  // early. How often is what `IPC_CHANNEL_HOSTILE_ROUNDS` says, or 40; if
  // `of_forty` is not 0, as many of each 40, one at least; and up to five times
  // as often while the process goes on to map more. A peer whose victim hangs
  // is killed.
  static void RunRounds(const PeerProcess& peer, int of_forty,
                        const std::function<bool(int)>& round);

  // What the peer says, empty if the round is over without: the test has failed
  // or is to be skipped.
  static std::optional<Account> EndOfRound(PeerProcess& peer);

  static ReceiverSet& set();
  // Takes an event of a bystander's and asks the next question.
  static void Serve(const ReceiverSet::Event& event);
  // Waits until each bystander in the set has made so many round trips more.
  static void ServeBystanders(std::uint64_t round_trips);
  // The least number that a bystander in the set has made.
  static std::uint64_t RoundTrips();
};

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDER_FIXTURE_H_
