#ifndef IPC_CHANNEL_TESTING_FAULT_INJECTION_H_
#define IPC_CHANNEL_TESTING_FAULT_INJECTION_H_

#include "ipc_channel/platforms/cxx20.h"

// Channels that fail as planned, to test what a program does then:
//
//   FaultInjector faults(FaultPlan()
//                            .FailSend(3, absl::ResourceExhaustedError("no"))
//                            .LoseMessages(0.1, absl::DataLossError("bad")));
//   ChannelPair pair = faults.Wrap(CreateChannel().value());
//   ipc_channel::Sender<Order> sender(std::move(pair.sender));
//   ... the third send fails, and a tenth of what arrives is malformed ...
//   EXPECT_EQ(faults.counts().sends_failed, 1u);

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel_testing {

// Which operations fail, and how. Operations are counted from 1: sends in the
// order in which they begin, received messages in the order in which they are
// taken. Of several faults that meet in one operation the one planned first
// happens. The same plan with the same seed gives the n-th operation the same
// fate, whatever threads run and however often. A value; thread-compatible.
class FaultPlan {
 public:
  explicit FaultPlan(std::uint64_t seed = 1) : seed_(seed) {}

  // The n-th send gives `status`, which is an error, and takes nothing.
  FaultPlan& FailSend(std::uint64_t n, absl::Status status);
  // The same for each send with `probability`, from 0 to 1.
  FaultPlan& FailSends(double probability, absl::Status status);

  // The n-th send finds the channel full until its deadline: it gives
  // DEADLINE_EXCEEDED then, or IsFull() at once if it may not wait, and takes
  // nothing. One that may wait for ever goes through.
  FaultPlan& StallSend(std::uint64_t n);
  FaultPlan& StallSends(double probability);

  // Every send after the first `n` gives UNAVAILABLE and takes nothing.
  FaultPlan& DisconnectSendersAfter(std::uint64_t n);

  // Instead of the n-th message the receiver gets `status`, which is an error:
  // DATA_LOSS or RESOURCE_EXHAUSTED, by the transport's contract. The message
  // is dropped and its handles are closed.
  FaultPlan& LoseMessage(std::uint64_t n, absl::Status status);
  FaultPlan& LoseMessages(double probability, absl::Status status);

  // Instead of every message after the first `n` the receiver gets UNAVAILABLE,
  // as if the last sender had died before it sent them.
  FaultPlan& DisconnectReceiversAfter(std::uint64_t n);

 private:
  friend class FaultInjector;

  struct Fault {
    enum class When { kAt, kAfter, kByChance };
    enum class What { kStatus, kStall };

    When when;
    What what;
    std::uint64_t n = 0;
    double probability = 0;
    absl::Status status;
  };

  bool Hits(const std::vector<Fault>& faults, std::size_t index,
            std::uint64_t operation) const;
  // The first of `faults` that hits `operation`; null if none does.
  const Fault* FaultOf(const std::vector<Fault>& faults,
                       std::uint64_t operation) const;

  std::uint64_t seed_;
  std::vector<Fault> of_sends_;
  std::vector<Fault> of_receives_;
};

// Puts a plan between ends of channels and those who use them. All ends wrapped
// by one injector count together; several injectors may wrap one end. Wrapped
// ends outlive their injector.
//
// What is not an injected fault is as without: contract, thread safety, being
// waited for in a ReceiverSet, travelling in messages. With these exceptions:
// an end that arrives in another process, or over a channel between processes,
// comes without its wrapping; and receivers of in-process channels that lie in
// each other's queues in a circle are not found to be gone.
//
// Thread-safe.
class FaultInjector {
 public:
  // What has happened so far at all ends together.
  struct Counts {
    std::uint64_t sends = 0;          // those that failed too
    std::uint64_t sends_failed = 0;   // by plan
    std::uint64_t messages = 0;       // that came, those that were lost too
    std::uint64_t messages_lost = 0;  // by plan
  };

  explicit FaultInjector(FaultPlan plan);

  // Gives `end` back behind the plan; an empty one as it is.
  ipc_channel::transport::Sender Wrap(ipc_channel::transport::Sender end) const;
  ipc_channel::transport::Receiver Wrap(
      ipc_channel::transport::Receiver end) const;
  ipc_channel::transport::ChannelPair Wrap(
      ipc_channel::transport::ChannelPair pair) const;

  Counts counts() const;

 private:
  class State;
  class FaultySenderLane;
  class FaultyReceiverLane;

  std::shared_ptr<State> state_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_FAULT_INJECTION_H_
