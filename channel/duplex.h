#ifndef IPC_CHANNEL_CHANNEL_DUPLEX_H_
#define IPC_CHANNEL_CHANNEL_DUPLEX_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel {

// One side of two channels that run in opposite directions between the same two
// sides: it sends Out and receives In, and the other side, a Duplex<In, Out>,
// does the reverse. An aggregate of two ends, each with its own contract
// (sender.h, receiver.h), and a value like any other: by std::move() it can be
// sent to another process, with what is queued for it.
//
//   auto [sender, receiver] = std::move(duplex);
//
// Destroying it tells the other side Disconnected, at its next send at once and
// at its receive after what was sent before; copies of `sender` that were made
// keep that direction open.
//
// Move-only; thread-compatible: one thread may send while another receives.
template <class Out, class In>
struct Duplex {
  Sender<Out> sender;
  Receiver<In> receiver;
};

template <class Out, class In>
Duplex(Sender<Out>, Receiver<In>) -> Duplex<Out, In>;

// The two sides that face each other.
template <class FirstToSecond, class SecondToFirst>
struct DuplexEnds {
  Duplex<FirstToSecond, SecondToFirst> first;
  Duplex<SecondToFirst, FirstToSecond> second;
};

// How much each direction queues and how large its messages may be
// (transport/channel_options.h). A value type.
struct DuplexOptions {
  transport::ChannelOptions first_to_second = {};
  transport::ChannelOptions second_to_first = {};
};

// Two new channels, as two sides. Thread-safe; does not block.
//
//   auto ends = ipc_channel::DuplexChannel<Question, Answer>();
//   if (!ends.ok()) return ends.status();
//   auto& [asks, answers] = *ends;
//
//   RESOURCE_EXHAUSTED  no descriptors or no memory
//   OUT_OF_RANGE        the system does not allow such a capacity; the message
//                       says how much it allows
template <class FirstToSecond, class SecondToFirst>
absl::StatusOr<DuplexEnds<FirstToSecond, SecondToFirst>> DuplexChannel(
    const DuplexOptions& options = {}) {
  absl::StatusOr<transport::ChannelPair> there =
      transport::CreateChannel(options.first_to_second);
  if (!there.ok()) return there.status();
  absl::StatusOr<transport::ChannelPair> back =
      transport::CreateChannel(options.second_to_first);
  if (!back.ok()) return back.status();
  return DuplexEnds<FirstToSecond, SecondToFirst>{
      {Sender<FirstToSecond>(std::move(there->sender)),
       Receiver<SecondToFirst>(std::move(back->receiver))},
      {Sender<SecondToFirst>(std::move(back->sender)),
       Receiver<FirstToSecond>(std::move(there->receiver))}};
}

// Takes both ends out of something that has a `sender` and a `receiver` beside
// other things, such as what Spawn() and InheritedChannel() give, and leaves
// these empty in it.
//
//   auto worker = Spawn<Job, Result>(...);
//   Duplex<Job, Result> duplex = TakeDuplex(*worker);  // worker->child stays
template <class Ends>
auto TakeDuplex(Ends& ends) {
  return Duplex{std::move(ends.sender), std::move(ends.receiver)};
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_DUPLEX_H_
