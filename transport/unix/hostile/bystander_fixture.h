#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDER_FIXTURE_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDER_FIXTURE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <functional>

#include "gtest/gtest.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/receiver_set.h"

namespace ipc_channel_hostile {

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

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_BYSTANDER_FIXTURE_H_
